"""General chat: prompts without a ground truth, for a preference to judge."""

from .drafts import Draft, LeftOut, Refused, Row, columns, first

_TALKS = ("messages", "conversation", "conversations", "data", "prompt")
_REPLIES = ("response", "completion", "output", "answer", "chosen")


def chat(row: Row) -> Draft:
    """The first question of a conversation; the first reply, where there is one, goes beside it as what to be better
    than. The set's own marks `toxic` and `redacted` leave a row out.

    {prompt, prompt_id, messages: [{content, role}]}: HuggingFaceH4/ultrachat_200k. {id, data: [text, …]}:
    stingning/ultrachat. {conversation: [{content, role, …}], language, toxic, redacted, …}: allenai/WildChat and -1M.
    {conversations: [{from, value}]}: ShareGPT. {prompt, chosen: [{content, role}]}: UltraFeedback, binarised.
    {instruction, input, output}: Alpaca. {prompt} or {question}, with a response or not.

    >>> chat({"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}).ground_truth
    {'question': 'Hi', 'response': 'Hello'}
    """
    for mark in ("toxic", "redacted"):
        if row.get(mark) is True:
            raise LeftOut(f"marked {mark}", mark)
    talk = first({key: row[key] for key in _TALKS if isinstance(row.get(key), list)}, *_TALKS)
    if isinstance(talk, list):
        question, response = opening(talk)
    else:
        asked = first(row, "prompt", "question", "instruction")
        if not isinstance(asked, str):
            raise Refused(f"expected a list of messages or text under 'prompt', found the keys {sorted(row)}")
        given = row.get("input")
        question = f"{asked}\n\n{given}" if isinstance(given, str) and given.strip() else asked
        response = ""
    if not response:
        response = reply(first(row, *_REPLIES))
    ground_truth = {"question": question.strip()} | ({"response": response.strip()} if response.strip() else {})
    kept = columns(row, source=("source", "data_source"), language=("language",), subject=("category", "task"))
    return Draft(question.strip(), ground_truth, "", "", columns=kept)


def opening(talk: list[object]) -> tuple[str, str]:
    """The first question, what the system says before it, and the reply that follows or an empty text."""
    turns = [turn(each, place) for place, each in enumerate(talk)]
    asked = next((place for place, (role, _) in enumerate(turns) if role == "user"), None)
    if asked is None or not turns[asked][1].strip():
        raise Refused(f"expected a user's message with text, found the roles {[role for role, _ in turns]}")
    if any(role == "assistant" for role, _ in turns[:asked]):
        raise Refused("the assistant speaks before the user: what is asked cannot be told")
    question = "\n\n".join(text.strip() for _, text in turns[: asked + 1] if text.strip())
    after = turns[asked + 1] if asked + 1 < len(turns) else ("", "")
    return question, after[1] if after[0] == "assistant" else ""


def turn(message: object, place: int) -> tuple[str, str]:
    """Who speaks, and what; bare texts alternate, the user first."""
    if isinstance(message, str):
        return ("user", "assistant")[place % 2], message
    if not isinstance(message, dict):
        raise Refused(f"expected messages with role and content, found {message!r:.60}")
    role, text = message.get("role", message.get("from")), message.get("content", message.get("value"))
    roles = {"human": "user", "gpt": "assistant", "bot": "assistant", "model": "assistant"}
    if not isinstance(role, str) or not isinstance(text, str):
        raise Refused(f"expected messages with role and content, found the keys {sorted(message)}")
    return roles.get(role, role), text


def reply(given: object) -> str:
    """A reply as text, or the last of a list of messages."""
    if isinstance(given, list) and given:
        return turn(given[-1], 1)[1]
    return given if isinstance(given, str) else ""
