# Processes of a stack: started in the background with a pid file, ended by that pid file and nothing else.
#
# A pid file holds `pid start-time boot-id` and, on its second line, the stack's folder. Start time and boot id tell a
# process of ours from one that was given the same number later; the folder tells our stack from a copy of the checkout.

boot_id() { cat /proc/sys/kernel/random/boot_id; }

# The start time of process $1, in ticks since boot; nothing if there is no such process.
start_time_of() {
    local stat
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
    stat=${stat##*) } # The name in parentheses may contain anything.
    local fields
    read -ra fields <<<"$stat"
    [[ ${fields[0]} != [ZX] ]] || return 1
    printf '%s' "${fields[19]}"
}

pid_file() { printf '%s' "$stack/pid/$1"; }

# Prints the pid of service $1 if it is the process that this stack started.
pid_of() {
    local pid started boot folder
    { { read -r pid started boot && IFS= read -r folder; } <"$(pid_file "$1")"; } 2>/dev/null || return 1
    [[ $folder == "$stack" && $boot == "$(boot_id)" && $(start_time_of "$pid") == "$started" ]] || return 1
    printf '%s' "$pid"
}

is_running() { pid_of "$1" >/dev/null; }

log_of() { printf '%s' "$stack/log/$1.log"; }

# start_process SERVICE COMMAND…: its own session, so that Ctrl-C at the terminal reaches `dev` only. The child writes
# its own pid file before it becomes the service, so there is no moment in which it runs unknown to us.
start_process() {
    local service=$1 log
    shift
    log=$(log_of "$service")
    if [[ -s $log ]]; then mv -f "$log" "$log.1"; fi
    setsid bash -c '
        file=$1 stack=$2
        shift 2
        stat=$(<"/proc/$$/stat")
        stat=${stat##*) }
        read -ra fields <<<"$stat"
        printf "%s %s %s\n%s\n" "$$" "${fields[19]}" "$(</proc/sys/kernel/random/boot_id)" "$stack" >"$file.new"
        mv -f "$file.new" "$file"
        exec "$@"
    ' start "$(pid_file "$service")" "$stack" "$@" </dev/null >"$log" 2>&1 8>&- 9>&- &
    local waited=0
    until is_running "$service"; do
        ((++waited < 100)) || return 1
        sleep 0.02
    done
}

# stop_process SERVICE SIGNAL SECONDS: asks, waits, then insists.
stop_process() {
    local service=$1 signal=$2 seconds=$3 pid waited=0
    if pid=$(pid_of "$service"); then
        if ! kill -"$signal" "$pid" 2>/dev/null && is_running "$service"; then
            say "dev: may not end $service (process $pid belongs to $(stat -c %U "/proc/$pid")); run this as that user or as root"
            return 1
        fi
        while is_running "$service"; do
            if ((++waited == seconds * 10)); then
                note "$service did not stop within $seconds s: killing process $pid"
                kill -KILL "$pid" 2>/dev/null || true
            elif ((waited > seconds * 10 + 50)); then
                say "dev: $service (process $pid) cannot be ended"
                return 1
            fi
            sleep 0.1
        done
    fi
    rm -f "$(pid_file "$service")"
}

# Says who listens on TCP port $1 of 127.0.0.1 or of all addresses; fails if nobody does.
port_holder() {
    local inode owner
    read -r inode owner < <(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port="$(printf ':%04X' "$1")" '
        $4 == "0A" && ($2 ~ "^(.{24})?0100007F" port "$" || $2 ~ "^0+" port "$") { print $10, $8; exit }') || true
    [[ -n $inode ]] || return 1
    local file pid name
    file=$(find /proc/[0-9]*/fd -lname "socket:\[$inode\]" -print -quit 2>/dev/null || true)
    name=$(getent passwd "$owner" | cut -d: -f1 || true)
    if [[ $file =~ ^/proc/([0-9]+)/ ]]; then
        pid=${BASH_REMATCH[1]}
        printf 'process %s (%s) of user %s' "$pid" "$(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -c1-80 | sed 's/ *$//')" "${name:-$owner}"
    else
        printf 'a process of user %s' "${name:-$owner}"
    fi
}

# need_port PORT WHAT SETTING: fails, and prints why, if somebody listens there. SETTING chooses another port.
need_port() {
    local holder
    if holder=$(port_holder "$1"); then
        printf '%s' "port $1 for $2 is taken by $holder; stop that, or set $3 (JANGTEO_PORT_OFFSET=100 moves all ports)"
        return 1
    fi
}
