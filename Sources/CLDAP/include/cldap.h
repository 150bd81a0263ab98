// libldap, opened when a configuration asks for it: nobody else needs the package libldap-2.5-0.
#pragma once
#include <stdbool.h>
#include <stddef.h>

// What a search brings, one value at a time, in the order of the entries. An entry begins with its name: then the attribute
// is NULL. `false` ends the search with GATEHOUSE_LDAP_STOPPED.
typedef bool (*gatehouse_ldap_value)(void *context, const char *attribute, const char *octets, size_t length);

// Result codes of our own, beside those of RFC 4511 (positive) and of libldap (negative).
enum {
    GATEHOUSE_LDAP_SUCCESS = 0,
    GATEHOUSE_LDAP_SIZE_LIMIT = 4,
    GATEHOUSE_LDAP_CONSTRAINT = 19,
    GATEHOUSE_LDAP_BUSY = 51,
    GATEHOUSE_LDAP_UNAVAILABLE = 52,
    GATEHOUSE_LDAP_OTHER = 80,
    GATEHOUSE_LDAP_NO_SUCH_OBJECT = 32,
    GATEHOUSE_LDAP_INVALID_NAME = 34,
    GATEHOUSE_LDAP_INAPPROPRIATE_AUTH = 48,
    GATEHOUSE_LDAP_INVALID_CREDENTIALS = 49,
    GATEHOUSE_LDAP_UNWILLING = 53,
    GATEHOUSE_LDAP_STOPPED = 1000,
    GATEHOUSE_LDAP_NO_LIBRARY = 1001,
    // An answer of another kind than what was asked for, or an entry without a name.
    GATEHOUSE_LDAP_SENSELESS = 1002,
    // More octets than any answer may have.
    GATEHOUSE_LDAP_TOO_MUCH = 1003,
    // The server will not encrypt a connection that began in the clear.
    GATEHOUSE_LDAP_NO_STARTTLS = 1004,
    // Of libldap: no connection (any more), nothing understood, no answer in time, no TLS.
    GATEHOUSE_LDAP_SERVER_DOWN = -1,
    GATEHOUSE_LDAP_LOCAL_ERROR = -2,
    GATEHOUSE_LDAP_DECODING_ERROR = -4,
    GATEHOUSE_LDAP_TIMED_OUT = -5,
    GATEHOUSE_LDAP_CONNECT_ERROR = -11,
};

typedef struct {
    const char *url;
    // NULL for the system's certificates.
    const char *ca_file;
    // Whether a connection in the clear has to become encrypted at once.
    bool starts_tls;
    // Whether the caller compares the name in the certificate, with `gatehouse_ldap_certificate`, before anything is sent.
    bool leaves_name_to_caller;
    long timeout_milliseconds;
} gatehouse_ldap_server;

// Whether the library is there. It stays open.
bool gatehouse_ldap_open(void);

// What an operator is told if it is not.
const char *gatehouse_ldap_missing(void);

// Makes a connection. Certificates are always verified, and referrals are never followed. TLS 1.2 is the least.
int gatehouse_ldap_connect(const gatehouse_ldap_server *server, void **connection);

// The certificate that a server shows, whatever it is worth, as DER that free() takes. The connection is closed: nothing was
// sent over it.
int gatehouse_ldap_look(const gatehouse_ldap_server *server, unsigned char **octets, size_t *length);

// The certificate of the server that a connection goes to, as DER that free() takes; `false` for none.
bool gatehouse_ldap_certificate(void *connection, unsigned char **octets, size_t *length);

// Whether nobody has said anything on a connection that was put aside: neither that it is closed, nor that it will be.
bool gatehouse_ldap_is_quiet(void *connection);

// What a server says to a bind beside its code.
typedef struct {
    // An error of draft-behera-ldap-password-policy, section 6.2; -1 for none.
    int policy_error;
    // The beginning of its words; not terminated.
    char text[160];
    size_t length;
} gatehouse_ldap_remark;

// A simple bind (RFC 4513, section 5.1); the password must not be empty unless the name is.
int gatehouse_ldap_bind(
    void *connection, const char *name, const char *password, size_t length, long timeout_milliseconds,
    gatehouse_ldap_remark *remark);

// Who the server takes this connection for (RFC 4532): reports one value like "dn:uid=alice,dc=example", without an attribute.
int gatehouse_ldap_who_am_i(void *connection, long timeout_milliseconds, gatehouse_ldap_value value, void *context);

// Searches below `base` (or looks at that entry alone, which without a name is the server's own) and reports everything, page by page. `limit` is the most entries that
// are of interest: more are GATEHOUSE_LDAP_SIZE_LIMIT. The time is for all pages together.
int gatehouse_ldap_search(
    void *connection, const char *base, bool is_entry, const char *filter, const char *const *attributes, int limit,
    long timeout_milliseconds, gatehouse_ldap_value value, void *context);

void gatehouse_ldap_close(void *connection);

// A code in words.
const char *gatehouse_ldap_text(int code);
