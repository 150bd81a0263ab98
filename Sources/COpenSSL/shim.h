#pragma once
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

/* The parameter names below are C literals here: built in Swift, their bytes would live only for one call. */

/* Starts a keyed HMAC-SHA-256 context; a later init with a null key re-uses the key. */
static inline int gatehouse_hmac_sha256_init(EVP_MAC_CTX *context, const unsigned char *key, size_t length) {
    OSSL_PARAM parameters[2] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_init(context, key, length, parameters);
}

/* HKDF-SHA-256 (RFC 5869), extract and expand, without salt. */
static inline int gatehouse_hkdf_sha256(const unsigned char *key, size_t key_length, const unsigned char *info,
                                        size_t info_length, unsigned char *out, size_t out_length) {
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    OSSL_PARAM parameters[4] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key, key_length),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, info_length),
        OSSL_PARAM_construct_end(),
    };
    int ok = context ? EVP_KDF_derive(context, out, out_length, parameters) : 0;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return ok;
}

/* HMAC-SHA-256 in one step, 32 octets. */
static inline int gatehouse_hmac_sha256(const unsigned char *key, size_t key_length, const unsigned char *data,
                                        size_t length, unsigned char *out, size_t *written) {
    return EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, key_length, data, length, out, 32, written) != NULL;
}

/* Writes a text that a BIO holds, with a zero octet at its end. */
static inline void gatehouse_take_text(BIO *text, char *into, int size) {
    int length = text ? BIO_read(text, into, size - 1) : 0;
    into[length > 0 ? length : 0] = 0;
    BIO_free(text);
}

/* When a certificate ends or begins, in words. */
static inline void gatehouse_certificate_time(const X509 *certificate, bool is_end, char *into, int size) {
    BIO *text = BIO_new(BIO_s_mem());
    if (text) ASN1_TIME_print_ex(text, is_end ? X509_get0_notAfter(certificate) : X509_get0_notBefore(certificate),
                                 ASN1_DTFLGS_ISO8601);
    gatehouse_take_text(text, into, size);
}

static inline void gatehouse_certificate_issuer(const X509 *certificate, char *into, int size) {
    BIO *text = BIO_new(BIO_s_mem());
    if (text) X509_NAME_print_ex(text, X509_get_issuer_name(certificate), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    gatehouse_take_text(text, into, size);
}

/* The names of hosts that a certificate is for, separated by blanks. */
static inline void gatehouse_certificate_names(const X509 *certificate, char *into, int size) {
    BIO *text = BIO_new(BIO_s_mem());
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int index = 0; text && names && index < sk_GENERAL_NAME_num(names); index++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
        if (name->type == GEN_DNS)
            BIO_printf(text, "%.*s ", ASN1_STRING_length(name->d.dNSName), ASN1_STRING_get0_data(name->d.dNSName));
        const unsigned char *octets = name->type == GEN_IPADD ? ASN1_STRING_get0_data(name->d.iPAddress) : NULL;
        if (octets && ASN1_STRING_length(name->d.iPAddress) == 4)
            BIO_printf(text, "%d.%d.%d.%d ", octets[0], octets[1], octets[2], octets[3]);
    }
    GENERAL_NAMES_free(names);
    gatehouse_take_text(text, into, size);
}
