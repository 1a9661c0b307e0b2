"""The command: its verbs, thin. What a verb is called and how it ends is changed here alone."""
