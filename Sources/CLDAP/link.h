// What a connection is to those who use it in C.
#pragma once
#include "library.h"
#include <sys/time.h>

// A connection, with what bounds how long it may block.
typedef struct {
    LDAP *ldap;
    struct ldap_conncb callbacks;
    // -1 until it is connected, which happens once: what was found out about the server holds for this connection alone.
    int descriptor;
    struct timeval time;
    // Of the operation, and of what is being waited for; on the monotonic clock, in milliseconds.
    long last, end;
    // How many octets the answers to the present operation may still have, and whether there were more.
    size_t left;
    bool is_flooded;
} directory_link;

// The monotonic clock, in milliseconds.
long gatehouse_ldap_now(void);

// A stretch of time in the form that libldap takes; never none at all.
struct timeval gatehouse_ldap_span(long milliseconds);

// From now on operations may take so long.
int gatehouse_ldap_bound(directory_link *connection, long milliseconds);
