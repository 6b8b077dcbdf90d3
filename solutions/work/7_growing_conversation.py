"""Cache a conversation that grows

For chats and agents on Claude. The first mark ends what all conversations share; the second moves
along with the newest message. From gpt-5.6 on OpenAI sets the second by itself.
"""

from anthropic import Anthropic

client = Anthropic()


def conversation(handbook, **always):
    mark = {"cache_control": {"type": "ephemeral"}}
    system = [{"type": "text", "text": handbook} | mark]
    said = []

    def say(content):  # after an error it can be called again: nothing of the turn was kept
        asked = [*said, {"role": "user", "content": content}]
        reply = client.messages.create(system=system, messages=asked, **mark, **always)
        said[:] = [*asked, {"role": "assistant", "content": reply.content}]
        return reply

    return say
