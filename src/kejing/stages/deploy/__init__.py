"""Deploy: who covers whom, what each RM must reach, whom to visit."""
