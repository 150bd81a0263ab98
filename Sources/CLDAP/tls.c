#define _GNU_SOURCE
#include "library.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define library gatehouse_ldap_functions

// Settings for TLS, by the file of certificates that are trusted (NULL for the system's) and by whether that is looked at.
typedef struct settings {
    struct settings *next;
    char *ca_file;
    bool verifies;
    void *context;
    time_t made;
} settings;
static settings *all;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const time_t lifetime = 3600;

static time_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

// Debian's libldap is built with GnuTLS, which passes over LDAP_OPT_X_TLS_PROTOCOL_MIN and knows priorities instead.
static int demand_modern_tls(LDAP *ldap) {
    const int least = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
    char *package = NULL;
    if (library.getOption(ldap, LDAP_OPT_X_TLS_PACKAGE, &package) != LDAP_OPT_SUCCESS || package == NULL)
        return LDAP_PARAM_ERROR;
    const bool is_gnutls = strcmp(package, "GnuTLS") == 0;
    library.memfree(package);
    const int code = is_gnutls
        ? library.setOption(ldap, LDAP_OPT_X_TLS_CIPHER_SUITE, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2")
        : library.setOption(ldap, LDAP_OPT_X_TLS_PROTOCOL_MIN, &least);
    return code == LDAP_OPT_SUCCESS ? LDAP_SUCCESS : LDAP_PARAM_ERROR;
}

static int make_context(const char *ca_file, bool verifies, void **context) {
    LDAP *ldap = NULL;
    *context = NULL;
    int code = library.initialize(&ldap, NULL);
    if (code != LDAP_SUCCESS) return code;
    const int demand = verifies ? LDAP_OPT_X_TLS_DEMAND : LDAP_OPT_X_TLS_NEVER, is_server = 0;
#define SET(option, value) \
    if (code == LDAP_SUCCESS && library.setOption(ldap, option, value) != LDAP_OPT_SUCCESS) code = LDAP_PARAM_ERROR
    SET(LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
    if (ca_file != NULL) SET(LDAP_OPT_X_TLS_CACERTFILE, ca_file);
    if (code == LDAP_SUCCESS) code = demand_modern_tls(ldap);
    // Must come last: it takes what was set before.
    SET(LDAP_OPT_X_TLS_NEWCTX, &is_server);
#undef SET
    if (code == LDAP_SUCCESS &&
        (library.getOption(ldap, LDAP_OPT_X_TLS_CTX, context) != LDAP_OPT_SUCCESS || *context == NULL))
        code = LDAP_LOCAL_ERROR;
    library.unbind(ldap, NULL, NULL);
    return code;
}

static bool is_for(const settings *one, const char *ca_file, bool verifies) {
    if (one->verifies != verifies) return false;
    if (one->ca_file == NULL || ca_file == NULL) return one->ca_file == ca_file;
    return strcmp(one->ca_file, ca_file) == 0;
}

int gatehouse_ldap_share_tls(LDAP *ldap, const char *ca_file, bool verifies) {
    pthread_mutex_lock(&lock);
    settings *found = all;
    while (found != NULL && !is_for(found, ca_file, verifies)) found = found->next;
    int code = LDAP_SUCCESS;
    if (found == NULL) {
        found = calloc(1, sizeof *found);
        if (found != NULL && ca_file != NULL && (found->ca_file = strdup(ca_file)) == NULL) {
            free(found);
            found = NULL;
        }
        if (found == NULL) {
            code = LDAP_NO_MEMORY;
        } else {
            found->verifies = verifies;
            found->next = all;
            all = found;
        }
    }
    if (code == LDAP_SUCCESS && (found->context == NULL || now() - found->made >= lifetime)) {
        void *context = NULL;
        code = make_context(ca_file, verifies, &context);
        if (code == LDAP_SUCCESS) {
            // Connections that use it hold it themselves.
            if (found->context != NULL && library.freeContext != NULL) library.freeContext(found->context);
            found->context = context;
            found->made = now();
        }
    }
    if (code == LDAP_SUCCESS && library.setOption(ldap, LDAP_OPT_X_TLS_CTX, found->context) != LDAP_OPT_SUCCESS)
        code = LDAP_PARAM_ERROR;
    pthread_mutex_unlock(&lock);
    return code;
}
