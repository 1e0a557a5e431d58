# What the person at the keyboard sees. Progress goes to the standard error, so that the standard output stays usable.

if [[ -t 2 ]]; then
    bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
    bold='' dim='' red='' green='' plain=''
fi

say() { printf '%s\n' "$*" >&2; }
step() { printf '%s==> %s%s\n' "$bold" "$*" "$plain" >&2; }
note() { printf '%s    %s%s\n' "$dim" "$*" "$plain" >&2; }

# One clear line, then the end.
fail() {
    printf '%s%s%s\n' "$red" "dev: $*" "$plain" >&2
    exit 1
}

# Seconds with one decimal since $1, which is a value of $EPOCHREALTIME.
seconds_since() {
    local now=${EPOCHREALTIME/[.,]/} then=${1/[.,]/}
    local tenths=$(((now - then) / 100000))
    printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}
