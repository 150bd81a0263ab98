#define _GNU_SOURCE
#include "cldap.h"
#include <dlfcn.h>
#include <errno.h>
#include <ldap.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static struct {
    __typeof__(&ldap_initialize) initialize;
    __typeof__(&ldap_set_option) setOption;
    __typeof__(&ldap_get_option) getOption;
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
    __typeof__(&ber_sockbuf_ctrl) control;
    __typeof__(&ber_sockbuf_add_io) addLayer;
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
    FIND(getOption, "ldap_get_option");
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
    FIND(control, "ber_sockbuf_ctrl");
    FIND(addLayer, "ber_sockbuf_add_io");
#undef FIND
    is_open = true;
}

bool gatehouse_ldap_open(void) {
    pthread_once(&once, open_library);
    return is_open;
}

// A connection, with what bounds how long it may block.
typedef struct {
    LDAP *ldap;
    struct ldap_conncb callbacks;
    int descriptor;
    // Over how many servers the time is spread while one is looked for.
    long servers;
    struct timeval time;
    // Of the operation, and of what is being waited for; on the monotonic clock, in milliseconds.
    long last, end;
} directory_link;

static struct timeval span(long milliseconds) {
    if (milliseconds < 1) milliseconds = 1;
    struct timeval time = {milliseconds / 1000, (milliseconds % 1000) * 1000};
    return time;
}

static long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// libldap's own limits are for the beginning of an answer: for the rest it waits without end, and with GnuTLS it asks again and
// again during the handshake. This layer between the socket and TLS waits for the socket, until the end and no longer.
static bool is_ready(const directory_link *connection, short events) {
    struct pollfd socket = {connection->descriptor, events, 0};
    int found;
    do {
        const long rest = connection->end - now();
        found = poll(&socket, 1, rest < 0 ? 0 : (int)rest);
    } while (found < 0 && errno == EINTR);
    if (found == 0) errno = ETIMEDOUT;
    return found > 0;
}

static int layer_setup(Sockbuf_IO_Desc *layer, void *connection) {
    layer->sbiod_pvt = connection;
    return 0;
}

static int layer_remove(Sockbuf_IO_Desc *layer) {
    (void)layer;
    return 0;
}

static int layer_control(Sockbuf_IO_Desc *layer, int option, void *value) {
    return LBER_SBIOD_CTRL_NEXT(layer, option, value);
}

static ber_slen_t layer_read(Sockbuf_IO_Desc *layer, void *octets, ber_len_t length) {
    return is_ready(layer->sbiod_pvt, POLLIN) ? LBER_SBIOD_READ_NEXT(layer, octets, length) : -1;
}

static ber_slen_t layer_write(Sockbuf_IO_Desc *layer, void *octets, ber_len_t length) {
    return is_ready(layer->sbiod_pvt, POLLOUT) ? LBER_SBIOD_WRITE_NEXT(layer, octets, length) : -1;
}

static Sockbuf_IO deadline_layer = {layer_setup, layer_remove, layer_control, layer_read, layer_write, NULL};

static int connected(LDAP *ldap, Sockbuf *buffer, LDAPURLDesc *server, struct sockaddr *address, struct ldap_conncb *callbacks) {
    (void)ldap, (void)server, (void)address;
    directory_link *connection = callbacks->lc_arg;
    ber_socket_t descriptor = -1;
    if (library.control(buffer, LBER_SB_OPT_GET_FD, &descriptor) != 1) return LDAP_LOCAL_ERROR;
    connection->descriptor = descriptor;
    // What is longer than the socket's own buffer may block a write that poll allowed.
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &connection->time, sizeof connection->time);
    // Another server before this one may have taken its part, and the next one has to have some, too.
    const long start = now();
    const struct timeval rest = span(connection->last - start);
    connection->end = start + (connection->last - start) / connection->servers;
    if (library.setOption(connection->ldap, LDAP_OPT_TIMEOUT, &rest) != LDAP_OPT_SUCCESS) return LDAP_LOCAL_ERROR;
    if (library.control(buffer, LBER_SB_OPT_HAS_IO, &deadline_layer) == 1) return LDAP_SUCCESS;
    return library.addLayer(buffer, &deadline_layer, LBER_SBIOD_LEVEL_PROVIDER + 1, connection);
}

static void disconnected(LDAP *ldap, Sockbuf *buffer, struct ldap_conncb *callbacks) {
    (void)ldap, (void)buffer, (void)callbacks;
}

// From now on operations may take so long.
static int bound(directory_link *connection, long milliseconds) {
    struct timeval each = span(milliseconds / (connection->servers + 1));
    connection->time = span(milliseconds);
    connection->last = connection->end = now() + milliseconds;
    if (library.setOption(connection->ldap, LDAP_OPT_NETWORK_TIMEOUT, &each) != LDAP_OPT_SUCCESS ||
        library.setOption(connection->ldap, LDAP_OPT_TIMEOUT, &connection->time) != LDAP_OPT_SUCCESS)
        return LDAP_PARAM_ERROR;
    return LDAP_SUCCESS;
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

int gatehouse_ldap_connect(const gatehouse_ldap_server *server, void **result) {
    *result = NULL;
    if (!gatehouse_ldap_open()) return GATEHOUSE_LDAP_NO_LIBRARY;
    directory_link *connection = calloc(1, sizeof *connection);
    if (connection == NULL) return LDAP_NO_MEMORY;
    connection->descriptor = -1;
    connection->servers = 1;
    for (const char *url = server->urls; *url != 0; url++) connection->servers += *url == ' ';
    connection->callbacks = (struct ldap_conncb){connected, disconnected, connection};
    int code = library.initialize(&connection->ldap, server->urls);
    if (code != LDAP_SUCCESS) {
        free(connection);
        return code;
    }
    const int version = LDAP_VERSION3, demand = LDAP_OPT_X_TLS_DEMAND, is_server = 0;
#define SET(option, value) \
    if (code == LDAP_SUCCESS && library.setOption(connection->ldap, option, value) != LDAP_OPT_SUCCESS) \
        code = LDAP_PARAM_ERROR
    SET(LDAP_OPT_PROTOCOL_VERSION, &version);
    SET(LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    // LDAP_OPT_ON is the address of a variable of liblber, which is not linked; any address says "on".
    SET(LDAP_OPT_RESTART, &version);
    SET(LDAP_OPT_CONNECT_CB, &connection->callbacks);
    SET(LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
    if (server->ca_file != NULL) SET(LDAP_OPT_X_TLS_CACERTFILE, server->ca_file);
    if (code == LDAP_SUCCESS) code = demand_modern_tls(connection->ldap);
    // Must come last: it takes what was set before.
    SET(LDAP_OPT_X_TLS_NEWCTX, &is_server);
#undef SET
    if (code == LDAP_SUCCESS) code = bound(connection, server->timeout_milliseconds);
    if (code == LDAP_SUCCESS && server->starts_tls) code = library.startTLS(connection->ldap, NULL, NULL);
    if (code != LDAP_SUCCESS) {
        gatehouse_ldap_close(connection);
        return code;
    }
    *result = connection;
    return LDAP_SUCCESS;
}

int gatehouse_ldap_bind(
    void *context, const char *name, const char *password, size_t length, long timeout_milliseconds) {
    directory_link *connection = context;
    const int code = bound(connection, timeout_milliseconds);
    if (code != LDAP_SUCCESS) return code;
    struct berval credentials = {length, (char *)password};
    return library.bind(connection->ldap, name, LDAP_SASL_SIMPLE, &credentials, NULL, NULL, NULL);
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
    directory_link *link = connection;
    LDAP *handle = link->ldap;
    struct berval cookie = {0, NULL};
    int left = limit, code = LDAP_SUCCESS;
    const long end = now() + timeout_milliseconds;
    // One entry has no pages, and a search for at most two needs none.
    const bool is_paged = !is_entry && limit > 500;
    do {
        const long rest = end - now();
        code = rest > 0 ? bound(link, rest) : LDAP_TIMEOUT;
        if (code != LDAP_SUCCESS) break;
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
            is_paged ? controls : NULL, NULL, &link->time, is_paged ? 0 : limit + 1, &result);
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

void gatehouse_ldap_close(void *context) {
    directory_link *connection = context;
    if (connection == NULL) return;
    library.unbind(connection->ldap, NULL, NULL);
    free(connection);
}

const char *gatehouse_ldap_text(int code) {
    if (code == GATEHOUSE_LDAP_NO_LIBRARY || !gatehouse_ldap_open())
        return "libldap-2.5.so.0 cannot be opened: install the package libldap-2.5-0";
    return library.text(code);
}
