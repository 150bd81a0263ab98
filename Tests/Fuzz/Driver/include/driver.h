#ifndef GATEHOUSE_FUZZ_DRIVER_H
#define GATEHOUSE_FUZZ_DRIVER_H

#include <stddef.h>
#include <stdint.h>

/// libFuzzer's loop: part of what `--sanitize=fuzzer` links, and of nothing else.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*try_input)(const uint8_t *bytes, size_t count));

#endif
