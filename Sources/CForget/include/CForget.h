/// Nothing to call: `courantd` links this so that memory it gives back is wiped. See CForget.c.
