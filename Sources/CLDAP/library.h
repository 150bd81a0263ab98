// The functions of libldap and liblber, found when the library is opened, and what connections share.
#pragma once
#include "cldap.h"
#include <lber.h>
#include <ldap.h>

typedef struct {
    __typeof__(&ldap_initialize) initialize;
    __typeof__(&ldap_set_option) setOption;
    __typeof__(&ldap_get_option) getOption;
    __typeof__(&ldap_start_tls_s) startTLS;
    __typeof__(&ldap_connect) connect;
    __typeof__(&ldap_sasl_bind) bind;
    __typeof__(&ldap_search_ext) search;
    __typeof__(&ldap_result) result;
    __typeof__(&ldap_msgtype) messageType;
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
    __typeof__(&ldap_extended_operation) extended;
    __typeof__(&ldap_parse_extended_result) parseExtended;
    __typeof__(&ldap_parse_passwordpolicy_control) parsePasswordPolicy;
    __typeof__(&ldap_unbind_ext_s) unbind;
    __typeof__(&ldap_err2string) text;
    __typeof__(&ber_free) berFree;
    __typeof__(&ber_bvfree) freeOctets;
    __typeof__(&ber_sockbuf_ctrl) control;
    __typeof__(&ber_sockbuf_add_io) addLayer;
    // Not among the documented functions: NULL where it is missing.
    void (*freeContext)(void *);
} gatehouse_ldap_library;

// To be used once gatehouse_ldap_open() said that the library is there.
extern gatehouse_ldap_library gatehouse_ldap_functions;

// Gives a connection the settings for TLS that all those with the same certificates share. libldap keeps some 9 KB of each
// settings that it makes for ever, so they are made once, and again after an hour, when the certificates may be other ones.
//
// Only `verifies` = false takes any certificate: for a look at it, and for nothing that is sent.
int gatehouse_ldap_share_tls(LDAP *ldap, const char *ca_file, bool verifies);
