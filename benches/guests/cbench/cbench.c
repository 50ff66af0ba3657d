/* A compiled program: lists, matrices, a state machine, checksums, as a C compiler for the 80486 makes them. No library,
 * no host: `work` is called with the number of rounds and returns the sum. benches/src/native/compiled.rs is the same
 * in Rust. */

typedef unsigned char u8;
typedef unsigned short u16;
typedef short s16;
typedef unsigned int u32;
typedef int s32;

#define NODES 400
#define SIDE 20
#define TEXT 512
#define SCANS 12

struct node {
    struct node *next;
    s16 value;
    u16 tag;
};

static struct node nodes[NODES];
static s32 left[SIDE][SIDE], right[SIDE][SIDE], product[SIDE][SIDE];
static u8 text[TEXT + 1];
static u32 seed;

static u32 random(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

static u16 crc16(u16 crc, u16 value)
{
    crc ^= value;
    for (int bit = 0; bit < 16; bit++)
        crc = crc & 1 ? (u16)(crc >> 1 ^ 0xA001) : (u16)(crc >> 1);
    return crc;
}

/* ---- lists ---- */

static struct node *make_list(void)
{
    for (int i = 0; i < NODES; i++) {
        nodes[i].next = i + 1 < NODES ? &nodes[i + 1] : 0;
        nodes[i].value = (s16)random();
        nodes[i].tag = (u16)i;
    }
    return &nodes[0];
}

static struct node *reverse(struct node *list)
{
    struct node *done = 0;
    while (list) {
        struct node *next = list->next;
        list->next = done;
        done = list;
        list = next;
    }
    return done;
}

static int by_value(const struct node *a, const struct node *b)
{
    return a->value <= b->value;
}

static int by_tag(const struct node *a, const struct node *b)
{
    return a->tag <= b->tag;
}

typedef int (*order)(const struct node *, const struct node *);

/* Merge sort from the bottom up, by an order that is given as a pointer. */
static struct node *sort(struct node *list, order before)
{
    for (int run = 1;; run *= 2) {
        struct node *from = list, *last = 0;
        int merges = 0;
        list = 0;
        while (from) {
            struct node *a = from, *b = from;
            int a_left = 0, b_left = run;
            merges++;
            while (b && a_left < run) {
                b = b->next;
                a_left++;
            }
            while (a_left > 0 || (b_left > 0 && b)) {
                struct node *taken;
                if (a_left > 0 && (b_left == 0 || !b || before(a, b))) {
                    taken = a;
                    a = a->next;
                    a_left--;
                } else {
                    taken = b;
                    b = b->next;
                    b_left--;
                }
                if (last)
                    last->next = taken;
                else
                    list = taken;
                last = taken;
            }
            from = b;
        }
        last->next = 0;
        if (merges <= 1)
            return list;
    }
}

static u16 find(const struct node *list, s16 value)
{
    u16 steps = 0;
    while (list && list->value < value) {
        list = list->next;
        steps++;
    }
    return steps;
}

static u16 lists(u16 crc)
{
    struct node *list = sort(make_list(), by_value);
    for (int i = 0; i < 20; i++)
        crc = crc16(crc, find(list, (s16)random()));
    list = reverse(list);
    for (const struct node *at = list; at; at = at->next)
        crc = crc16(crc, at->tag);
    list = sort(list, by_tag);
    return crc16(crc, (u16)list->value);
}

/* ---- matrices ---- */

static u16 matrices(u16 crc)
{
    for (int row = 0; row < SIDE; row++)
        for (int column = 0; column < SIDE; column++) {
            left[row][column] = (s16)random();
            right[row][column] = (s16)(random() & 0xFF);
        }
    for (int row = 0; row < SIDE; row++)
        for (int column = 0; column < SIDE; column++) {
            s32 total = 0;
            for (int k = 0; k < SIDE; k++)
                total += left[row][k] * right[k][column];
            product[row][column] = total;
        }
    s32 previous = 0, sum = 0;
    for (int row = 0; row < SIDE; row++)
        for (int column = 0; column < SIDE; column++) {
            s32 value = product[row][column] >> 3;
            sum += value > previous ? 10 : value & 7;
            previous = value;
        }
    crc = crc16(crc, (u16)sum);
    return crc16(crc, (u16)(product[3][5] ^ product[7][1] >> 16));
}

/* ---- a state machine: which words of a text are numbers, of what kind ---- */

enum state { BEGIN, SIGN, INTEGER, POINT, FRACTION, EXPONENT, EXPONENT_SIGN, SCIENTIFIC, INVALID, STATES };

static const char words[8][12] = {
    "5012,", "-874.", "+122,", "35.54,", "-110.7e+4,", "6.5e-9x,", "T0.3e-1F,", "0x1a,",
};

static void make_text(void)
{
    int at = 0;
    for (;;) {
        const char *word = words[random() & 7];
        int length = 0;
        while (word[length])
            length++;
        if (at + length > TEXT)
            break;
        for (int i = 0; i < length; i++)
            text[at++] = (u8)word[i];
    }
    text[at] = 0;
}

static int is_digit(u8 c)
{
    return c >= '0' && c <= '9';
}

static const u8 *scan(const u8 *at, u32 *entered)
{
    enum state state = BEGIN;
    for (; *at; at++) {
        u8 c = *at;
        if (c == ',') {
            at++;
            break;
        }
        switch (state) {
        case BEGIN:
            state = is_digit(c) ? INTEGER : c == '+' || c == '-' ? SIGN : c == '.' ? POINT : INVALID;
            break;
        case SIGN:
            state = is_digit(c) ? INTEGER : c == '.' ? POINT : INVALID;
            break;
        case INTEGER:
            if (c == '.')
                state = POINT;
            else if (!is_digit(c))
                state = INVALID;
            break;
        case POINT:
        case FRACTION:
            if (c == 'e' || c == 'E')
                state = EXPONENT;
            else
                state = is_digit(c) ? FRACTION : INVALID;
            break;
        case EXPONENT:
            state = c == '+' || c == '-' ? EXPONENT_SIGN : is_digit(c) ? SCIENTIFIC : INVALID;
            break;
        case EXPONENT_SIGN:
        case SCIENTIFIC:
            state = is_digit(c) ? SCIENTIFIC : INVALID;
            break;
        default:
            break;
        }
        entered[state]++;
    }
    return at;
}

static u16 states(u16 crc)
{
    u32 entered[STATES];
    for (int i = 0; i < STATES; i++)
        entered[i] = 0;
    make_text();
    for (int pass = 0; pass < SCANS; pass++) {
        for (const u8 *at = text; *at;)
            at = scan(at, entered);
        for (int i = pass; i < TEXT && text[i]; i += 37) /* a few characters change between the passes */
            if (text[i] != ',')
                text[i] ^= (u8)(1 + pass % 3);
    }
    for (int i = 0; i < STATES; i++)
        crc = crc16(crc, (u16)entered[i]);
    return crc;
}

u32 work(u32 rounds)
{
    u32 sum = 0;
    seed = 0x1234567;
    while (rounds--) {
        u16 crc = (u16)sum;
        for (int i = 0; i < 2; i++) {
            crc = lists(crc);
            crc = matrices(crc);
            crc = states(crc);
        }
        sum = (sum << 5 | sum >> 27) ^ crc ^ seed;
    }
    return sum;
}
