/* A PKCS#11 module between a program and a soft token: it forwards every call, notes some of them in a file, and lies
 * where a test asks it to. Compiled by tests/src/soft_token.rs; never part of a program.
 *
 *   ROOTCAST_SHIM_MODULE   the module behind
 *   ROOTCAST_SHIM_CALLS    a file; one line for each noted call
 *   ROOTCAST_SHIM_FAULT    one of these, or several with commas between:
 *                            wrong-signature · short-signature · removed        what comes back of C_Sign and C_SignFinal
 *                            twins · no-serial · no-label · nul-padding         how a token names itself
 *                            pinpad · final-try · locked                        what it says of its PIN
 *                            hashes-itself · hashes-not                         which mechanisms it offers
 *                            begins-not                                         C_SignInit refuses what hashes on the host
 *                            always-authenticate                                keys are made, and taken in, with CKA_ALWAYS_AUTHENTICATE
 *                            shown-private-key                                  keys are made with CKA_PRIVATE off
 *                            no-sign · says-always-authenticate                 CKA_SIGN is off; CKA_ALWAYS_AUTHENTICATE is on
 *                            says-extractable                                   CKA_EXTRACTABLE is on
 *                            wraps-not · wraps-nothing                          C_WrapKey refuses, or gives no bytes
 *                            wraps-with-trusted                                 a key is made that only trusted keys wrap
 *                            session-objects-stay                               objects of a session outlive it
 *                            destroys-not                                       C_DestroyObject says yes and destroys nothing
 *   ROOTCAST_SHIM_FAIL     FUNCTION:N:RV, or several with commas between: the Nth call of the function with this number,
 *                          and each one after it, answers RV and does not reach the module. FUNCTION:N=:RV: the Nth call alone
 *   ROOTCAST_SHIM_HOLD     FUNCTION:N:FILE: before the Nth call of the function, the file is made, and the call waits until it is gone
 *   ROOTCAST_SHIM_PIN      what the person at the pinpad types
 *   ROOTCAST_SHIM_KILL     N: the process is killed in the Nth call that makes, changes, finds or uses an object, before
 *                          the module gets it; -N: after. 0: these calls are only noted, as `call N: NUMBER OF FUNCTION`
 *
 * Only the shapes that are used are declared (PKCS#11 2.40, Unix: natural alignment).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long rv;
typedef unsigned char byte;

/* CK_FUNCTION_LIST: a version, then 68 functions in the order of the standard. */
struct functions { byte major, minor; void *function[68]; };
enum {
    FINALIZE = 1, GET_TOKEN_INFO = 6, GET_MECHANISM_INFO = 8, OPEN_SESSION = 12, CLOSE_SESSION = 13, LOGIN = 18, LOGOUT = 19,
    CREATE_OBJECT = 20, DESTROY_OBJECT = 22, GET_ATTRIBUTE_VALUE = 24, SIGN_INIT = 42, SIGN = 43, SIGN_FINAL = 45, GENERATE_KEY_PAIR = 59,
    WRAP_KEY = 60, UNWRAP_KEY = 61
};

/* CK_ATTRIBUTE, and the numbers of those that are looked at. */
struct attribute { unsigned long type; void *value; unsigned long length; };
#define TOKEN 0x1UL
#define PRIVATE 0x2UL
#define SIGN_ATTRIBUTE 0x108UL
#define EXTRACTABLE 0x162UL
#define ALWAYS_AUTHENTICATE 0x202UL
#define WRAP_WITH_TRUSTED 0x210UL

/* CK_TOKEN_INFO up to the shortest PIN. */
struct token {
    byte label[32], manufacturer[32], model[16], serial[16];
    unsigned long flags, sessions[4], pin_bytes_max, pin_bytes_min;
};
#define TOKEN_INITIALIZED 0x400UL
#define PROTECTED_AUTHENTICATION_PATH 0x100UL
#define USER_PIN_COUNT_LOW 0x10000UL
#define USER_PIN_FINAL_TRY 0x20000UL
#define USER_PIN_LOCKED 0x40000UL

static struct functions real, ours;

static int fault(const char *name) {
    const char *asked = getenv("ROOTCAST_SHIM_FAULT");
    size_t length = strlen(name);
    while (asked) {
        if (strncmp(asked, name, length) == 0 && (asked[length] == 0 || asked[length] == ',')) return 1;
        asked = strchr(asked, ',');
        if (asked) asked++;
    }
    return 0;
}

static void pad_with_nul(byte *text, int length) {
    while (length > 0 && text[length - 1] == ' ') text[--length] = 0;
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
        /* kryoptic says 8 and takes fewer. */
        if (token->pin_bytes_min > 4) token->pin_bytes_min = 4;
        if (fault("twins")) {
            memcpy(token->label, "twin                            ", 32);
            memcpy(token->serial, "0000000000000001", 16);
        }
        if (fault("no-serial")) memset(token->serial, ' ', 16);
        if (fault("no-label")) memset(token->label, ' ', 32);
        if (fault("nul-padding")) {
            pad_with_nul(token->label, 32);
            pad_with_nul(token->model, 16);
            pad_with_nul(token->serial, 16);
        }
        if (fault("pinpad")) token->flags |= PROTECTED_AUTHENTICATION_PATH;
        if (fault("final-try")) token->flags |= USER_PIN_COUNT_LOW | USER_PIN_FINAL_TRY;
        if (fault("locked")) token->flags |= USER_PIN_LOCKED;
    }
    return answer;
}

/* CKM_RSA_PKCS, CKM_RSA_PKCS_PSS and CKM_ECDSA: what is given a digest. */
static int takes_a_digest(unsigned long type) { return type == 0x1 || type == 0xd || type == 0x1041; }

static rv get_mechanism_info(unsigned long slot, unsigned long type, void *info) {
    if (fault("hashes-itself") && takes_a_digest(type)) return 0x70; /* CKR_MECHANISM_INVALID */
    if (fault("hashes-not") && !takes_a_digest(type)) return 0x70;
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
    note(user == 2 ? "C_Login again\n" : "C_Login\n"); /* CKU_CONTEXT_SPECIFIC */
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

static rv destroy_object(unsigned long session, unsigned long object) {
    if (fault("destroys-not")) return 0;
    return ((rv(*)(unsigned long, unsigned long))real.function[DESTROY_OBJECT])(session, object);
}

static rv get_attribute_value(unsigned long session, unsigned long object, struct attribute *wanted, unsigned long count) {
    rv answer = ((rv(*)(unsigned long, unsigned long, struct attribute *, unsigned long))real.function[GET_ATTRIBUTE_VALUE])(
        session, object, wanted, count);
    for (unsigned long at = 0; at < count; at++) {
        if (!wanted[at].value) continue;
        if (fault("no-sign") && wanted[at].type == SIGN_ATTRIBUTE) *(byte *)wanted[at].value = 0;
        if (fault("says-extractable") && wanted[at].type == EXTRACTABLE) *(byte *)wanted[at].value = 1;
        if (fault("says-always-authenticate") && wanted[at].type == ALWAYS_AUTHENTICATE) *(byte *)wanted[at].value = 1;
    }
    return answer;
}

/* A copy of the attributes in which the object stays, where that is asked. */
static struct attribute *staying(struct attribute *given, unsigned long count, struct attribute *copy) {
    static byte yes = 1;
    if (!fault("session-objects-stay") || count > 63) return given;
    memcpy(copy, given, count * sizeof *copy);
    for (unsigned long at = 0; at < count; at++)
        if (copy[at].type == TOKEN) copy[at].value = &yes;
    return copy;
}

static rv create_object(unsigned long session, struct attribute *given, unsigned long count, unsigned long *handle) {
    struct attribute copy[64];
    return ((rv(*)(unsigned long, struct attribute *, unsigned long, unsigned long *))real.function[CREATE_OBJECT])(
        session, staying(given, count, copy), count, handle);
}

static rv unwrap_key(unsigned long session, void *mechanism, unsigned long with, byte *wrapped, unsigned long size,
                     struct attribute *given, unsigned long count, unsigned long *handle) {
    struct attribute copy[64], longer[64];
    byte yes = 1;
    if (fault("always-authenticate") && count < 63) {
        memcpy(longer, given, count * sizeof *longer);
        longer[count++] = (struct attribute){ALWAYS_AUTHENTICATE, &yes, 1};
        given = longer;
    }
    return ((rv(*)(unsigned long, void *, unsigned long, byte *, unsigned long, struct attribute *, unsigned long,
                   unsigned long *))real.function[UNWRAP_KEY])(session, mechanism, with, wrapped, size,
                                                               staying(given, count, copy), count, handle);
}

static rv generate_key_pair(unsigned long session, void *mechanism, struct attribute *public_key, unsigned long public_count,
                            struct attribute *private_key, unsigned long private_count, unsigned long *public_handle,
                            unsigned long *private_handle) {
    struct attribute longer[64];
    byte yes = 1, no = 0;
    if (private_count < 62) {
        memcpy(longer, private_key, private_count * sizeof *longer);
        if (fault("always-authenticate")) longer[private_count++] = (struct attribute){ALWAYS_AUTHENTICATE, &yes, 1};
        if (fault("wraps-with-trusted")) longer[private_count++] = (struct attribute){WRAP_WITH_TRUSTED, &yes, 1};
        for (unsigned long at = 0; at < private_count; at++)
            if (fault("shown-private-key") && longer[at].type == PRIVATE) longer[at].value = &no;
        private_key = longer;
    }
    struct attribute of_public[64], of_private[64];
    public_key = staying(public_key, public_count, of_public);
    private_key = staying(private_key, private_count, of_private);
    return ((rv(*)(unsigned long, void *, struct attribute *, unsigned long, struct attribute *, unsigned long, unsigned long *,
                   unsigned long *))real.function[GENERATE_KEY_PAIR])(
        session, mechanism, public_key, public_count, private_key, private_count, public_handle, private_handle);
}

static rv wrap_key(unsigned long session, void *mechanism, unsigned long with, unsigned long key, byte *wrapped,
                   unsigned long *size) {
    if (fault("wraps-not")) return 0x69; /* CKR_KEY_NOT_WRAPPABLE */
    if (fault("wraps-nothing")) {
        *size = 0;
        return 0;
    }
    return ((rv(*)(unsigned long, void *, unsigned long, unsigned long, byte *, unsigned long *))real.function[WRAP_KEY])(
        session, mechanism, with, key, wrapped, size);
}

static rv sign_init(unsigned long session, unsigned long *mechanism, unsigned long key) {
    note("C_SignInit\n");
    if (fault("begins-not") && takes_a_digest(*mechanism)) return 0x70; /* CKR_MECHANISM_INVALID */
    return ((rv(*)(unsigned long, unsigned long *, unsigned long))real.function[SIGN_INIT])(session, mechanism, key);
}

static rv came_back(rv answer, byte *signature, unsigned long *size) {
    if (answer == 0 && signature && *size > 0) {
        if (fault("wrong-signature")) signature[*size / 2] ^= 1;
        if (fault("short-signature")) *size -= 1;
    }
    return answer;
}

static rv sign_final(unsigned long session, byte *signature, unsigned long *size) {
    if (signature) note("C_SignFinal\n");
    if (fault("removed")) return 0x32; /* CKR_DEVICE_REMOVED */
    return came_back(((rv(*)(unsigned long, byte *, unsigned long *))real.function[SIGN_FINAL])(session, signature, size),
                     signature, size);
}

static rv sign(unsigned long session, byte *data, unsigned long length, byte *signature, unsigned long *size) {
    if (signature) note("C_Sign\n");
    if (fault("removed")) return 0x32; /* CKR_DEVICE_REMOVED */
    return came_back(((rv(*)(unsigned long, byte *, unsigned long, byte *, unsigned long *))real.function[SIGN])(
                         session, data, length, signature, size),
                     signature, size);
}

/* A call that counts, whatever its arguments are: at most eight words. */
typedef unsigned long word;
typedef rv (*any)(word, word, word, word, word, word, word, word);
static struct functions uncounted;
static long counted, calls_of[68];

/* What a call that is to fail answers; -1 for one that is to go on. */
static long failure(int which) {
    const char *asked = getenv("ROOTCAST_SHIM_FAIL");
    long number = ++calls_of[which];
    while (asked && *asked) {
        char *rest;
        long function = strtol(asked, &rest, 10), from = strtol(rest + 1, &rest, 10);
        int alone = *rest == '=';
        long answer = strtol(rest + 1 + alone, &rest, 10);
        if (function == which && (alone ? number == from : number >= from)) return answer;
        asked = *rest == ',' ? rest + 1 : NULL;
    }
    return -1;
}

/* Waits where it is asked to, before the Nth call of a function. */
static void hold(int which) {
    const char *asked = getenv("ROOTCAST_SHIM_HOLD");
    char *rest;
    if (!asked || strtol(asked, &rest, 10) != which || strtol(rest + 1, &rest, 10) != calls_of[which]) return;
    const char *path = rest + 1;
    int file = open(path, O_WRONLY | O_CREAT, 0600);
    if (file < 0) abort();
    close(file);
    while (access(path, F_OK) == 0) usleep(2000);
}

static rv count(int which, word a, word b, word c, word d, word e, word f, word g, word h) {
    const char *asked = getenv("ROOTCAST_SHIM_KILL");
    long wanted = asked ? atol(asked) : 0;
    long number = ++counted;
    if (asked && wanted == 0) {
        char line[64];
        snprintf(line, sizeof line, "call %ld: %d\n", number, which);
        note(line);
    }
    if (wanted == number) kill(getpid(), SIGKILL);
    long fails = failure(which);
    hold(which);
    rv answer = fails >= 0 ? (rv)fails : ((any)uncounted.function[which])(a, b, c, d, e, f, g, h);
    if (wanted == -number) kill(getpid(), SIGKILL);
    return answer;
}

#define COUNTED(which)                                                                              \
    static rv counted_##which(word a, word b, word c, word d, word e, word f, word g, word h) {      \
        return count(which, a, b, c, d, e, f, g, h);                                                \
    }
COUNTED(18) COUNTED(20) COUNTED(22) COUNTED(26) COUNTED(42) COUNTED(43) COUNTED(59) COUNTED(60) COUNTED(61) COUNTED(64)

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
    ours.function[GET_ATTRIBUTE_VALUE] = get_attribute_value;
    ours.function[SIGN_INIT] = sign_init;
    ours.function[SIGN] = sign;
    ours.function[SIGN_FINAL] = sign_final;
    ours.function[GENERATE_KEY_PAIR] = generate_key_pair;
    ours.function[WRAP_KEY] = wrap_key;
    ours.function[CREATE_OBJECT] = create_object;
    ours.function[UNWRAP_KEY] = unwrap_key;
    ours.function[DESTROY_OBJECT] = destroy_object;
    if (getenv("ROOTCAST_SHIM_KILL") || getenv("ROOTCAST_SHIM_FAIL") || getenv("ROOTCAST_SHIM_HOLD")) {
        uncounted = ours;
#define COUNT(which) ours.function[which] = counted_##which;
        COUNT(18) COUNT(20) COUNT(22) COUNT(26) COUNT(42) COUNT(43) COUNT(59) COUNT(60) COUNT(61) COUNT(64)
    }
    *list = &ours;
    return 0;
}
