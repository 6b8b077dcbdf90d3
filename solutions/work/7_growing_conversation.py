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

    def say(content):
        said.append({"role": "user", "content": content})
        reply = client.messages.create(system=system, messages=said, **mark, **always)
        said.append({"role": "assistant", "content": reply.content})
        return reply

    return say
