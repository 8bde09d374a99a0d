"""One job is one container contract: an environment and folders in, files, an exit message and an exit code out."""
