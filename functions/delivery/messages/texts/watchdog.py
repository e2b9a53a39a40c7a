"""What the watchdog says by itself, past n8n and the outbox."""

from functions.delivery.messages.words import Html, Words, lines
from functions.status.troubles import Kind, News, Trouble


def watchdog(news: News, words: Words) -> Html:
    """Return the message of what began, lasts, or ended."""
    say = words.say
    head = say("<b>The desk needs you</b>") if news.began else say("<b>The desk is well again</b>")
    body = [*(_bad(trouble, words) for trouble in news.began), *(_good(trouble, words) for trouble in news.ended)]
    step = [say("<code>make doctor</code> on the desk's machine says more.")] if news.began else []
    return lines(head, *body, *step)


def _bad(trouble: Trouble, words: Words) -> Html:
    say = words.say
    match trouble.kind:
        case Kind.DATABASE:
            line = say("❌ The database does not answer: nothing is stored or sent")
        case Kind.FUNCTIONS:
            line = say("❌ The functions do not answer: no signal is made or sent")
        case Kind.N8N:
            line = say("❌ n8n does not answer: no message leaves, and no schedule runs")
        case Kind.COLLECTOR:
            line = say("❌ {part} is silent: prices stand still", part=trouble.name)
        case Kind.CANDLES:
            line = say("❌ No new candle comes from the exchange")
        case Kind.STOPPED:
            line = say("❌ n8n answers, but the workflow {name} does not run", name=trouble.name)
        case Kind.OFF:
            line = say("❌ The workflow {name} was switched off in n8n", name=trouble.name)
    if trouble.seen_at:
        last = say("(last: {moment})", moment=words.moment(trouble.seen_at))
        return Html(f"{line} {last}")
    return line


def _good(trouble: Trouble, words: Words) -> Html:
    say = words.say
    match trouble.kind:
        case Kind.DATABASE:
            return say("✅ The database answers again")
        case Kind.FUNCTIONS:
            return say("✅ The functions answer again")
        case Kind.N8N:
            return say("✅ n8n answers again")
        case Kind.COLLECTOR:
            return say("✅ {part} is back", part=trouble.name)
        case Kind.CANDLES:
            return say("✅ Candles come again")
        case Kind.STOPPED | Kind.OFF:
            return say("✅ The workflow {name} runs again", name=trouble.name)
