#include "cdispatchpool.h"

// libdispatch looks once a second at each of its threads by opening a file below /proc, as long as somebody waits for one, and
// ends the process if that fails: so a daemon under load that has no descriptor left (EMFILE, or ENFILE of the whole system) would
// be gone. It looks to see whether threads are held up, so as to make more of them; here nothing holds one up, since what blocks has
// threads of its own. Threads that are not entered are not looked at.
//
// The program is linked with libdispatch inside and `--wrap`, which leads its calls here.

void __wrap__dispatch_workq_worker_register(void *queue) { (void)queue; }
void __wrap__dispatch_workq_worker_unregister(void *queue) { (void)queue; }
