"""Topics in portions that the exchange takes."""

from functions.collector.topics import TEXT_A_CONNECTION, connections, requests, topics_of


def test_fifty_symbols_fit_one_connection() -> None:
    topics = topics_of([f"COIN{number}USDT" for number in range(50)])
    assert len(topics) == 300
    assert connections(topics) == [topics]


def test_a_thousand_symbols_are_shared_out_without_loss_within_the_limit() -> None:
    topics = topics_of([f"COIN{number}USDT" for number in range(1000)])
    shares = connections(topics)
    assert sorted(topic for share in shares for topic in share) == sorted(topics)
    assert all(sum(map(len, share)) <= TEXT_A_CONNECTION for share in shares)


def test_requests_hold_ten_topics() -> None:
    assert [len(one) for one in requests([str(n) for n in range(23)])] == [10, 10, 3]
