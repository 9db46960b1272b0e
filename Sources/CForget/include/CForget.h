/// `courantd` links this so that memory it gives back is wiped: see CForget.c. Of calls there is one.

#pragma once

/// Overwrites 64 KiB of the calling thread's stack below the frame that calls it: what calls that have ended left there.
void courant_forget_frames(void);
