/// What a crash leaves behind is where the program was, and nothing of what it held: no registers, no memory, no core, and no
/// helper that would keep the service's port. See crash.c. That no child gets the service's sockets is in close_on_exec.c.
void courant_report_crashes(void);
