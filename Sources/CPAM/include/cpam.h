// Linux-PAM, opened when a configuration asks for it: nobody else needs the package libpam0g.
#pragma once
#include <security/pam_appl.h>
#include <stdbool.h>

// The functions that are called, with the types of libpam's own header.
typedef struct {
    __typeof__(&pam_start) start;
    __typeof__(&pam_start_confdir) startConfdir;
    __typeof__(&pam_end) end;
    __typeof__(&pam_authenticate) authenticate;
    __typeof__(&pam_acct_mgmt) acctMgmt;
    __typeof__(&pam_set_item) setItem;
    __typeof__(&pam_get_item) getItem;
} gatehouse_libpam;

// Opens libpam.so.0 and finds every function; NULL if that fails. The library stays open.
const gatehouse_libpam *gatehouse_libpam_open(void);

// What an operator is told if that fails.
const char *gatehouse_libpam_missing(void);

// What the modules of a service are told when they ask.
typedef struct {
    // Terminated by a zero octet; they must outlive the handle.
    const char *name;
    // NULL if nobody typed one: then a question for it fails.
    const char *password;
    // Set if a module asked for something else than the name and one password.
    bool isOverasked;
    // The private memory of the conversation.
    int answers;
    char prompt[PAM_MAX_MSG_SIZE];
} gatehouse_pam_talk;

// Begins a conversation about a name; `folder` replaces /etc/pam.d unless it is NULL. Waiting after failures is off.
int gatehouse_pam_begin(
    const gatehouse_libpam *library, const char *service, const char *folder, gatehouse_pam_talk *talk,
    pam_handle_t **handle);
