#define _GNU_SOURCE
#include "library.h"
#include "cdynamiclibrary.h"

gatehouse_ldap_library gatehouse_ldap_functions;

static const gatehouse_symbol symbols[] = {
    {"ldap_initialize", offsetof(gatehouse_ldap_library, initialize), false},
    {"ldap_set_option", offsetof(gatehouse_ldap_library, setOption), false},
    {"ldap_get_option", offsetof(gatehouse_ldap_library, getOption), false},
    {"ldap_start_tls_s", offsetof(gatehouse_ldap_library, startTLS), false},
    {"ldap_connect", offsetof(gatehouse_ldap_library, connect), false},
    {"ldap_sasl_bind", offsetof(gatehouse_ldap_library, bind), false},
    {"ldap_search_ext", offsetof(gatehouse_ldap_library, search), false},
    {"ldap_result", offsetof(gatehouse_ldap_library, result), false},
    {"ldap_msgtype", offsetof(gatehouse_ldap_library, messageType), false},
    {"ldap_get_dn", offsetof(gatehouse_ldap_library, getDN), false},
    {"ldap_first_attribute", offsetof(gatehouse_ldap_library, firstAttribute), false},
    {"ldap_next_attribute", offsetof(gatehouse_ldap_library, nextAttribute), false},
    {"ldap_get_values_len", offsetof(gatehouse_ldap_library, getValues), false},
    {"ldap_value_free_len", offsetof(gatehouse_ldap_library, freeValues), false},
    {"ldap_memfree", offsetof(gatehouse_ldap_library, memfree), false},
    {"ldap_msgfree", offsetof(gatehouse_ldap_library, msgfree), false},
    {"ldap_parse_result", offsetof(gatehouse_ldap_library, parseResult), false},
    {"ldap_create_page_control", offsetof(gatehouse_ldap_library, createPage), false},
    {"ldap_parse_pageresponse_control", offsetof(gatehouse_ldap_library, parsePage), false},
    {"ldap_control_find", offsetof(gatehouse_ldap_library, findControl), false},
    {"ldap_control_free", offsetof(gatehouse_ldap_library, freeControl), false},
    {"ldap_controls_free", offsetof(gatehouse_ldap_library, freeControls), false},
    {"ldap_extended_operation", offsetof(gatehouse_ldap_library, extended), false},
    {"ldap_parse_extended_result", offsetof(gatehouse_ldap_library, parseExtended), false},
    {"ldap_parse_passwordpolicy_control", offsetof(gatehouse_ldap_library, parsePasswordPolicy), false},
    {"ldap_unbind_ext_s", offsetof(gatehouse_ldap_library, unbind), false},
    {"ldap_err2string", offsetof(gatehouse_ldap_library, text), false},
    {"ber_free", offsetof(gatehouse_ldap_library, berFree), false},
    {"ber_bvfree", offsetof(gatehouse_ldap_library, freeOctets), false},
    {"ber_sockbuf_ctrl", offsetof(gatehouse_ldap_library, control), false},
    {"ber_sockbuf_add_io", offsetof(gatehouse_ldap_library, addLayer), false},
    {"ldap_pvt_tls_ctx_free", offsetof(gatehouse_ldap_library, freeContext), true},
};

static gatehouse_library libldap = {
    .files = {"libldap-2.5.so.0", "libldap.so.2"},
    .missing = GATEHOUSE_LIBRARY_MISSING("libldap-2.5.so.0", "libldap-2.5-0"),
    .table = &gatehouse_ldap_functions,
    .symbols = symbols,
    .symbol_count = sizeof symbols / sizeof *symbols,
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

bool gatehouse_ldap_open(void) { return gatehouse_library_open(&libldap); }

const char *gatehouse_ldap_missing(void) { return libldap.missing; }
