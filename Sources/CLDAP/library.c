#define _GNU_SOURCE
#include "library.h"
#include <dlfcn.h>
#include <pthread.h>

gatehouse_ldap_library gatehouse_ldap_functions;
static bool is_open;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void open_library(void) {
    void *handle = dlopen("libldap-2.5.so.0", RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) handle = dlopen("libldap.so.2", RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) return;
#define FIND(field, name) \
    if ((gatehouse_ldap_functions.field = (__typeof__(gatehouse_ldap_functions.field))dlsym(handle, name)) == NULL) return
    FIND(initialize, "ldap_initialize");
    FIND(setOption, "ldap_set_option");
    FIND(getOption, "ldap_get_option");
    FIND(startTLS, "ldap_start_tls_s");
    FIND(connect, "ldap_connect");
    FIND(bind, "ldap_sasl_bind");
    FIND(search, "ldap_search_ext");
    FIND(result, "ldap_result");
    FIND(messageType, "ldap_msgtype");
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
    FIND(extended, "ldap_extended_operation");
    FIND(parseExtended, "ldap_parse_extended_result");
    FIND(parsePasswordPolicy, "ldap_parse_passwordpolicy_control");
    FIND(unbind, "ldap_unbind_ext_s");
    FIND(text, "ldap_err2string");
    // Of liblber, which libldap brings.
    FIND(berFree, "ber_free");
    FIND(freeOctets, "ber_bvfree");
    FIND(control, "ber_sockbuf_ctrl");
    FIND(addLayer, "ber_sockbuf_add_io");
#undef FIND
    gatehouse_ldap_functions.freeContext = (void (*)(void *))dlsym(handle, "ldap_pvt_tls_ctx_free");
    is_open = true;
}

bool gatehouse_ldap_open(void) {
    pthread_once(&once, open_library);
    return is_open;
}
