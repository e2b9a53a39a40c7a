"""Topics in portions that the exchange takes."""

from functions.collector.feed.topics import TEXT_A_CONNECTION, connections, requests, share_out, topics_of


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


def test_sharing_out_anew_moves_no_topic_and_fills_the_room_there_is() -> None:
    names = [f"COIN{number}USDT" for number in range(700)]
    shares = connections(topics_of(names))
    wanted = topics_of([*names[50:], *(f"NEW{number}USDT" for number in range(400))])
    anew = share_out(wanted, shares)
    assert sorted(topic for share in anew for topic in share) == sorted(wanted)
    assert all(sum(map(len, share)) <= TEXT_A_CONNECTION for share in anew)
    assert len(anew) > len(shares)
    for before, after in zip(shares, anew, strict=False):
        assert {topic for topic in before if topic in wanted} <= set(after)


def test_a_watchlist_in_another_order_changes_nothing() -> None:
    topics = topics_of(["AUSDT", "BUSDT"])
    assert share_out(topics_of(["BUSDT", "AUSDT"]), [topics]) == [topics]
    assert share_out([], [topics]) == [[]]
