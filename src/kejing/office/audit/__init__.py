"""What the auditor reads: events, who saw and changed what, the chain, evidence."""
