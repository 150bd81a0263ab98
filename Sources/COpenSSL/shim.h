#pragma once
/* What its macros tell of the place of a call would be the folder that the program was built in. */
#define OPENSSL_NO_FILENAMES
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
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

/* A public key of parameters, which are freed; NULL for what is no key. */
static inline EVP_PKEY *gatehouse_key_of(const char *type, OSSL_PARAM_BLD *builder) {
    OSSL_PARAM *parameters = builder ? OSSL_PARAM_BLD_to_param(builder) : NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    return key;
}

/* An RSA key of its two numbers, highest octet first (RFC 7518, section 6.3.1). */
static inline EVP_PKEY *gatehouse_rsa_key(const unsigned char *modulus, size_t modulus_length,
                                          const unsigned char *exponent, size_t exponent_length) {
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    BIGNUM *n = BN_bin2bn(modulus, (int)modulus_length, NULL), *e = BN_bin2bn(exponent, (int)exponent_length, NULL);
    EVP_PKEY *key = NULL;
    if (builder && n && e && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1)
        key = gatehouse_key_of("RSA", builder);
    else
        OSSL_PARAM_BLD_free(builder);
    BN_free(n);
    BN_free(e);
    return key;
}

/* A key on a curve, of its point: 04, x, y. A point that is not on the curve is refused. */
static inline EVP_PKEY *gatehouse_ec_key(const char *curve, const unsigned char *point, size_t length) {
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (builder && OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, length) == 1)
        return gatehouse_key_of("EC", builder);
    OSSL_PARAM_BLD_free(builder);
    return NULL;
}

/* Whether a signature is right. No digest: the key's own way (Ed25519). With pss the salt is as long as the digest. */
static inline bool gatehouse_verify(EVP_PKEY *key, const char *digest, bool pss, const unsigned char *signature,
                                    size_t signature_length, const unsigned char *octets, size_t length) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *details = NULL;
    bool right = context && EVP_DigestVerifyInit_ex(context, &details, digest, NULL, NULL, key, NULL) == 1 &&
                 (!pss || (EVP_PKEY_CTX_set_rsa_padding(details, RSA_PKCS1_PSS_PADDING) == 1 &&
                           EVP_PKEY_CTX_set_rsa_pss_saltlen(details, RSA_PSS_SALTLEN_DIGEST) == 1)) &&
                 EVP_DigestVerify(context, signature, signature_length, octets, length) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return right;
}

/* The same for a signature of two numbers of equal length, one after the other (RFC 7518, section 3.4). */
static inline bool gatehouse_verify_pair(EVP_PKEY *key, const char *digest, const unsigned char *signature,
                                         size_t signature_length, const unsigned char *octets, size_t length) {
    int half = (int)(signature_length / 2), encoded_length = 0;
    unsigned char *encoded = NULL;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, half, NULL), *s = BN_bin2bn(signature + half, half, NULL);
    if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = s = NULL;
        encoded_length = i2d_ECDSA_SIG(pair, &encoded);
    }
    bool right = encoded_length > 0 &&
                 gatehouse_verify(key, digest, false, encoded, (size_t)encoded_length, octets, length);
    OPENSSL_free(encoded);
    ECDSA_SIG_free(pair);
    BN_free(r);
    BN_free(s);
    return right;
}

/* Never asks anybody for a password. */
static inline int gatehouse_no_password(char *into, int size, int writes, void *data) {
    (void)into, (void)size, (void)writes, (void)data;
    return -1;
}

/* A private key of a PEM text without a password, if it lies on P-256; NULL for any other. */
static inline EVP_PKEY *gatehouse_p256_private_key(const unsigned char *pem, size_t length) {
    BIO *text = length <= 65536 ? BIO_new_mem_buf(pem, (int)length) : NULL;
    EVP_PKEY *key = text ? PEM_read_bio_PrivateKey(text, NULL, gatehouse_no_password, NULL) : NULL;
    char curve[32] = "";
    if (key && (EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL) != 1 || OBJ_txt2nid(curve) != NID_X9_62_prime256v1)) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    BIO_free(text);
    ERR_clear_error();
    return key;
}

/* An ECDSA signature with SHA-256 and P-256: 64 octets (RFC 7518, section 3.4). */
static inline bool gatehouse_sign_p256(EVP_PKEY *key, const unsigned char *octets, size_t length, unsigned char *signature) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char encoded[80];
    size_t encoded_length = sizeof encoded;
    ECDSA_SIG *pair = NULL;
    if (context && EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, NULL, key, NULL) == 1 &&
        EVP_DigestSign(context, encoded, &encoded_length, octets, length) == 1) {
        const unsigned char *start = encoded;
        pair = d2i_ECDSA_SIG(NULL, &start, (long)encoded_length);
    }
    bool done = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, 32) == 32 &&
                BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + 32, 32) == 32;
    ECDSA_SIG_free(pair);
    EVP_MD_CTX_free(context);
    return done;
}
