/* A PKCS#11 module between a program and a soft token: it forwards every call, notes some of them in a file, and lies
 * where a test asks it to. Compiled by tests/src/soft_token.rs; never part of a program.
 *
 *   ROOTCAST_SHIM_MODULE   the module behind
 *   ROOTCAST_SHIM_CALLS    a file; one line for each noted call
 *   ROOTCAST_SHIM_FAULT    wrong-signature · short-signature · removed · twins · pinpad · final-try · locked · hashes-itself
 *   ROOTCAST_SHIM_PIN      what the person at the pinpad types
 *
 * Only the shapes that are used are declared (PKCS#11 2.40, Unix: natural alignment).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long rv;
typedef unsigned char byte;

/* CK_FUNCTION_LIST: a version, then 68 functions in the order of the standard. */
struct functions { byte major, minor; void *function[68]; };
enum { FINALIZE = 1, GET_TOKEN_INFO = 6, GET_MECHANISM_INFO = 8, OPEN_SESSION = 12, CLOSE_SESSION = 13, LOGIN = 18, LOGOUT = 19, SIGN = 43 };

/* CK_TOKEN_INFO up to its flags. */
struct token { byte label[32], manufacturer[32], model[16], serial[16]; unsigned long flags; };
#define TOKEN_INITIALIZED 0x400UL
#define PROTECTED_AUTHENTICATION_PATH 0x100UL
#define USER_PIN_COUNT_LOW 0x10000UL
#define USER_PIN_FINAL_TRY 0x20000UL
#define USER_PIN_LOCKED 0x40000UL

static struct functions real, ours;

static int fault(const char *name) {
    const char *asked = getenv("ROOTCAST_SHIM_FAULT");
    return asked && strcmp(asked, name) == 0;
}

static void note(const char *call) {
    const char *path = getenv("ROOTCAST_SHIM_CALLS");
    int file = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (file >= 0) {
        if (write(file, call, strlen(call)) < 0) abort();
        close(file);
    }
}

static rv finalize(void *reserved) {
    note("C_Finalize\n");
    return ((rv(*)(void *))real.function[FINALIZE])(reserved);
}

static rv get_token_info(unsigned long slot, struct token *token) {
    rv answer = ((rv(*)(unsigned long, struct token *))real.function[GET_TOKEN_INFO])(slot, token);
    if (answer == 0 && token->flags & TOKEN_INITIALIZED) {
        if (fault("twins")) {
            memcpy(token->label, "twin                            ", 32);
            memcpy(token->serial, "0000000000000001", 16);
        }
        if (fault("pinpad")) token->flags |= PROTECTED_AUTHENTICATION_PATH;
        if (fault("final-try")) token->flags |= USER_PIN_COUNT_LOW | USER_PIN_FINAL_TRY;
        if (fault("locked")) token->flags |= USER_PIN_LOCKED;
    }
    return answer;
}

static rv get_mechanism_info(unsigned long slot, unsigned long type, void *info) {
    /* CKM_RSA_PKCS and CKM_RSA_PKCS_PSS are not offered: only those that hash themselves. */
    if (fault("hashes-itself") && (type == 0x1 || type == 0xd)) return 0x70;
    return ((rv(*)(unsigned long, unsigned long, void *))real.function[GET_MECHANISM_INFO])(slot, type, info);
}

static rv open_session(unsigned long slot, unsigned long flags, void *application, void *notify, unsigned long *session) {
    note("C_OpenSession\n");
    return ((rv(*)(unsigned long, unsigned long, void *, void *, unsigned long *))real.function[OPEN_SESSION])(
        slot, flags, application, notify, session);
}

static rv close_session(unsigned long session) {
    note("C_CloseSession\n");
    return ((rv(*)(unsigned long))real.function[CLOSE_SESSION])(session);
}

static rv login(unsigned long session, unsigned long user, byte *pin, unsigned long length) {
    note("C_Login\n");
    if (fault("pinpad") && pin == NULL && getenv("ROOTCAST_SHIM_PIN")) {
        pin = (byte *)getenv("ROOTCAST_SHIM_PIN");
        length = strlen((char *)pin);
    }
    return ((rv(*)(unsigned long, unsigned long, byte *, unsigned long))real.function[LOGIN])(session, user, pin, length);
}

static rv logout(unsigned long session) {
    note("C_Logout\n");
    return ((rv(*)(unsigned long))real.function[LOGOUT])(session);
}

static rv sign(unsigned long session, byte *data, unsigned long length, byte *signature, unsigned long *size) {
    if (signature) note("C_Sign\n");
    if (fault("removed")) return 0x32; /* CKR_DEVICE_REMOVED */
    rv answer = ((rv(*)(unsigned long, byte *, unsigned long, byte *, unsigned long *))real.function[SIGN])(
        session, data, length, signature, size);
    if (answer == 0 && signature && *size > 0) {
        if (fault("wrong-signature")) signature[*size / 2] ^= 1;
        if (fault("short-signature")) *size -= 1;
    }
    return answer;
}

rv C_GetFunctionList(struct functions **list) {
    const char *path = getenv("ROOTCAST_SHIM_MODULE");
    void *module = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    rv (*get)(struct functions **) = module ? (rv(*)(struct functions **))dlsym(module, "C_GetFunctionList") : NULL;
    struct functions *theirs = NULL;
    if (!get || get(&theirs) != 0) return 0x5; /* CKR_GENERAL_ERROR */
    real = ours = *theirs;
    ours.function[FINALIZE] = finalize;
    ours.function[GET_TOKEN_INFO] = get_token_info;
    ours.function[GET_MECHANISM_INFO] = get_mechanism_info;
    ours.function[OPEN_SESSION] = open_session;
    ours.function[CLOSE_SESSION] = close_session;
    ours.function[LOGIN] = login;
    ours.function[LOGOUT] = logout;
    ours.function[SIGN] = sign;
    *list = &ours;
    return 0;
}
