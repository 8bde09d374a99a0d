"""What survives of moto: buckets and objects, queues with their messages, topics, subscriptions and rules.

moto keeps all of it in the process's memory. Here it is read from moto's backends after each request that may have
changed it, compared with what was kept last, and the differences are put into the journal; when a server starts,
moto's backends are filled again. Not kept: unfinished multipart uploads, a bucket's CORS, lifecycle, website and
notification settings, and the services nobody monitors with (IAM, logs and so on).

What is read and called of moto is named in each module, and ``tests/local/kept`` says when a moto no longer has it.
"""
