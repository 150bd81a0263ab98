#define _GNU_SOURCE
#include "cldap.h"
#include <dlfcn.h>
#include <ldap.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static struct {
    __typeof__(&ldap_initialize) initialize;
    __typeof__(&ldap_set_option) setOption;
    __typeof__(&ldap_start_tls_s) startTLS;
    __typeof__(&ldap_sasl_bind_s) bind;
    __typeof__(&ldap_search_ext_s) search;
    __typeof__(&ldap_first_entry) firstEntry;
    __typeof__(&ldap_next_entry) nextEntry;
    __typeof__(&ldap_get_dn) getDN;
    __typeof__(&ldap_first_attribute) firstAttribute;
    __typeof__(&ldap_next_attribute) nextAttribute;
    __typeof__(&ldap_get_values_len) getValues;
    __typeof__(&ldap_value_free_len) freeValues;
    __typeof__(&ldap_memfree) memfree;
    __typeof__(&ldap_msgfree) msgfree;
    __typeof__(&ldap_parse_result) parseResult;
    __typeof__(&ldap_create_page_control) createPage;
    __typeof__(&ldap_parse_pageresponse_control) parsePage;
    __typeof__(&ldap_control_find) findControl;
    __typeof__(&ldap_control_free) freeControl;
    __typeof__(&ldap_controls_free) freeControls;
    __typeof__(&ldap_unbind_ext_s) unbind;
    __typeof__(&ldap_err2string) text;
    __typeof__(&ber_free) berFree;
} library;
static bool is_open;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void open_library(void) {
    void *handle = dlopen("libldap-2.5.so.0", RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) handle = dlopen("libldap.so.2", RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) return;
#define FIND(field, name) \
    if ((library.field = (__typeof__(library.field))dlsym(handle, name)) == NULL) return
    FIND(initialize, "ldap_initialize");
    FIND(setOption, "ldap_set_option");
    FIND(startTLS, "ldap_start_tls_s");
    FIND(bind, "ldap_sasl_bind_s");
    FIND(search, "ldap_search_ext_s");
    FIND(firstEntry, "ldap_first_entry");
    FIND(nextEntry, "ldap_next_entry");
    FIND(getDN, "ldap_get_dn");
    FIND(firstAttribute, "ldap_first_attribute");
    FIND(nextAttribute, "ldap_next_attribute");
    FIND(getValues, "ldap_get_values_len");
    FIND(freeValues, "ldap_value_free_len");
    FIND(memfree, "ldap_memfree");
    FIND(msgfree, "ldap_msgfree");
    FIND(parseResult, "ldap_parse_result");
    FIND(createPage, "ldap_create_page_control");
    FIND(parsePage, "ldap_parse_pageresponse_control");
    FIND(findControl, "ldap_control_find");
    FIND(freeControl, "ldap_control_free");
    FIND(freeControls, "ldap_controls_free");
    FIND(unbind, "ldap_unbind_ext_s");
    FIND(text, "ldap_err2string");
    // Of liblber, which libldap brings.
    FIND(berFree, "ber_free");
#undef FIND
    is_open = true;
}

bool gatehouse_ldap_open(void) {
    pthread_once(&once, open_library);
    return is_open;
}

static struct timeval span(long milliseconds) {
    struct timeval time = {milliseconds / 1000, (milliseconds % 1000) * 1000};
    return time;
}

int gatehouse_ldap_connect(const gatehouse_ldap_server *server, void **connection) {
    *connection = NULL;
    if (!gatehouse_ldap_open()) return GATEHOUSE_LDAP_NO_LIBRARY;
    LDAP *handle = NULL;
    int code = library.initialize(&handle, server->urls);
    if (code != LDAP_SUCCESS) return code;
    const int version = LDAP_VERSION3, demand = LDAP_OPT_X_TLS_DEMAND, is_server = 0;
    const int least = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
    struct timeval time = span(server->timeout_milliseconds);
#define SET(option, value) \
    if (code == LDAP_SUCCESS && library.setOption(handle, option, value) != LDAP_OPT_SUCCESS) code = LDAP_PARAM_ERROR
    SET(LDAP_OPT_PROTOCOL_VERSION, &version);
    SET(LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    // LDAP_OPT_ON is the address of a variable of liblber, which is not linked; any address says "on".
    SET(LDAP_OPT_RESTART, &version);
    SET(LDAP_OPT_NETWORK_TIMEOUT, &time);
    SET(LDAP_OPT_TIMEOUT, &time);
    SET(LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
    SET(LDAP_OPT_X_TLS_PROTOCOL_MIN, &least);
    if (server->ca_file != NULL) SET(LDAP_OPT_X_TLS_CACERTFILE, server->ca_file);
    // Must come last: it takes what was set before.
    SET(LDAP_OPT_X_TLS_NEWCTX, &is_server);
#undef SET
    if (code == LDAP_SUCCESS && server->starts_tls) code = library.startTLS(handle, NULL, NULL);
    if (code != LDAP_SUCCESS) {
        library.unbind(handle, NULL, NULL);
        return code;
    }
    *connection = handle;
    return LDAP_SUCCESS;
}

int gatehouse_ldap_bind(void *connection, const char *name, const char *password, size_t length) {
    struct berval credentials = {length, (char *)password};
    return library.bind(connection, name, LDAP_SASL_SIMPLE, &credentials, NULL, NULL, NULL);
}

// Reports one page of entries.
static int report(LDAP *handle, LDAPMessage *result, gatehouse_ldap_value value, void *context, int *left) {
    for (LDAPMessage *entry = library.firstEntry(handle, result); entry != NULL;
         entry = library.nextEntry(handle, entry)) {
        if ((*left)-- <= 0) return LDAP_SIZELIMIT_EXCEEDED;
        char *name = library.getDN(handle, entry);
        if (name == NULL) return LDAP_DECODING_ERROR;
        bool goes_on = value(context, NULL, name, strlen(name));
        library.memfree(name);
        BerElement *position = NULL;
        for (char *attribute = goes_on ? library.firstAttribute(handle, entry, &position) : NULL; attribute != NULL;
             attribute = goes_on ? library.nextAttribute(handle, entry, position) : NULL) {
            struct berval **values = library.getValues(handle, entry, attribute);
            for (size_t index = 0; goes_on && values != NULL && values[index] != NULL; index++)
                goes_on = value(context, attribute, values[index]->bv_val, values[index]->bv_len);
            library.freeValues(values);
            library.memfree(attribute);
        }
        if (position != NULL) library.berFree(position, 0);
        if (!goes_on) return GATEHOUSE_LDAP_STOPPED;
    }
    return LDAP_SUCCESS;
}

int gatehouse_ldap_search(
    void *connection, const char *base, bool is_entry, const char *filter, const char *const *attributes, int limit,
    long timeout_milliseconds, gatehouse_ldap_value value, void *context) {
    LDAP *handle = connection;
    struct berval cookie = {0, NULL};
    int left = limit, code = LDAP_SUCCESS;
    // One entry has no pages, and a search for at most two needs none.
    const bool is_paged = !is_entry && limit > 500;
    do {
        struct timeval time = span(timeout_milliseconds);
        LDAPControl *page = NULL, *controls[2] = {NULL, NULL}, **answers = NULL;
        LDAPMessage *result = NULL;
        if (is_paged) {
            // Not critical: a server without pages gives everything at once.
            code = library.createPage(handle, 500, &cookie, 0, &page);
            if (code != LDAP_SUCCESS) break;
            controls[0] = page;
        }
        code = library.search(
            handle, base, is_entry ? LDAP_SCOPE_BASE : LDAP_SCOPE_SUBTREE, filter, (char **)attributes, 0,
            is_paged ? controls : NULL, NULL, &time, is_paged ? 0 : limit + 1, &result);
        if (page != NULL) library.freeControl(page);
        free(cookie.bv_val);
        cookie = (struct berval){0, NULL};
        if (result != NULL && (code == LDAP_SUCCESS || code == LDAP_SIZELIMIT_EXCEEDED)) {
            int reported = report(handle, result, value, context, &left);
            if (code == LDAP_SUCCESS) code = reported;
        }
        if (code == LDAP_SUCCESS && is_paged &&
            library.parseResult(handle, result, NULL, NULL, NULL, NULL, &answers, 0) == LDAP_SUCCESS && answers != NULL) {
            ber_int_t estimate = 0;
            LDAPControl *answer = library.findControl(LDAP_CONTROL_PAGEDRESULTS, answers, NULL);
            struct berval next = {0, NULL};
            if (answer != NULL && library.parsePage(handle, answer, &estimate, &next) == LDAP_SUCCESS && next.bv_len > 0) {
                cookie.bv_val = malloc(next.bv_len);
                if (cookie.bv_val == NULL) code = LDAP_NO_MEMORY;
                else {
                    memcpy(cookie.bv_val, next.bv_val, next.bv_len);
                    cookie.bv_len = next.bv_len;
                }
            }
            if (next.bv_val != NULL) library.memfree(next.bv_val);
        }
        if (answers != NULL) library.freeControls(answers);
        if (result != NULL) library.msgfree(result);
    } while (code == LDAP_SUCCESS && cookie.bv_len > 0);
    free(cookie.bv_val);
    return code;
}

void gatehouse_ldap_close(void *connection) {
    if (connection != NULL) library.unbind(connection, NULL, NULL);
}

const char *gatehouse_ldap_text(int code) {
    if (code == GATEHOUSE_LDAP_NO_LIBRARY || !gatehouse_ldap_open())
        return "libldap-2.5.so.0 cannot be opened: install the package libldap-2.5-0";
    return library.text(code);
}
