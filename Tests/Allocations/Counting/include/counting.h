#ifndef GATEHOUSE_COUNTING_H
#define GATEHOUSE_COUNTING_H

/// How many blocks of memory this process has asked for since it began.
unsigned long gatehouse_allocations(void);

#endif
