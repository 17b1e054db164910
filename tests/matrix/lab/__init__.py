"""A Matrix lab on one machine: a real homeserver, the bot under test, and clients that ask it.

- `synapse`: the homeserver, with a database of its own, on a free port of the loopback interface
- `client`: an asker on the raw client-server API
- `encrypted`: an asker with end-to-end encryption, on matrix-nio
- `events`: what an asker has seen of a room, and waiting for more
- `room`: a room as one asker sees it, and what the bot does there
- `crowd`: many questions in four rooms at once, and whether each gets its one answer
- `bot`: a `mynah run`, its config, its signals and its log
- `ask`: what `mynah ask` answers to the same question
- `html`: Matrix HTML, read strictly
- `proxy`: a reverse proxy that makes requests fail, hang or come late
- `binary`: which mynah is run
- `net`: free ports, and waiting for what has no event of its own
"""
