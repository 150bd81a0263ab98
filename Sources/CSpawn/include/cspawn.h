// What Glibc keeps for _GNU_SOURCE: starting a program that inherits nothing.
#pragma once
#include <sys/types.h>

// A pipe that no program inherits; 0, or the number of the error.
int gatehouse_pipe(int ends[2]);

// Starts a program in "/", as the leader of a process group of its own, with the three descriptors (all above 2) as its
// standard input, output and error, no other descriptor, no signal blocked or ignored; 0, or the number of the error.
int gatehouse_spawn(
    const char *path, char *const arguments[], char *const environment[], const int descriptors[3], pid_t *pid);
