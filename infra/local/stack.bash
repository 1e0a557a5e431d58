# The stack as a whole: its folder, ports and secrets; up and down. Sourced by `stack` and by `dev`.

local_code=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
checkout=$(cd -- "$local_code/../.." && pwd -P)
local_root="$checkout/.local"

source "$local_code/say.bash"
source "$local_code/processes.bash"
source "$local_code/kafka.bash"
source "$local_code/postgres.bash"
source "$local_code/rabbitmq.bash"
source "$local_code/standins.bash"

services=(kafka postgres rabbitmq)
declare -A title=([kafka]=Kafka [postgres]=PostgreSQL [rabbitmq]=RabbitMQ [epmd]="RabbitMQ's epmd" [standins]=stand-ins
    [jangteo]=jangteo)

# Every stack has a block of ports: `run`, `test` and `bench` fixed ones, any other name one that follows from the name.
port_block() {
    case $1 in
        run) printf 0 ;;
        test) printf 1000 ;;
        bench) printf 2000 ;;
        *) printf '%d' $((3000 + $(printf '%s' "$1" | cksum | cut -d' ' -f1) % 90 * 100)) ;;
    esac
}

# use_stack NAME: sets the folder and ports that everything else works with.
use_stack() {
    name=$1
    [[ $name =~ ^[a-z][a-z0-9_]{0,30}$ ]] || fail "a stack's name has lower-case letters and digits: '$name'"
    stack="$local_root/$name"
    # Tests start stand-ins of their own, and nothing that is measured pays.
    services=(kafka postgres rabbitmq)
    [[ $name != run ]] || services+=(standins)
    local block=$(($(port_block "$name") + ${JANGTEO_PORT_OFFSET:-0}))
    edge_port=$((8080 + block))
    kafka_port=${JANGTEO_KAFKA_PORT:-$((19092 + block))}
    controller_port=$((kafka_port + 1))
    postgres_port=${JANGTEO_POSTGRES_PORT:-$((15432 + block))}
    rabbitmq_port=${JANGTEO_RABBITMQ_PORT:-$((15772 + block))}
    distribution_port=$((rabbitmq_port + 1))
    epmd_port=$((rabbitmq_port + 2))
    standins_port=${JANGTEO_STANDINS_PORT:-$((18080 + block))}
    edge_address=${JANGTEO_EDGE_ADDRESS:-127.0.0.1:$edge_port}
    # What runs already keeps its ports, whatever the environment says now.
    if stack_runs && [[ -f $stack/ports ]]; then source "$stack/ports"; fi
}

has_standins() { [[ " ${services[*]} " == *" standins "* ]]; }

stack_runs() {
    local service
    for service in jangteo "${services[@]}" epmd; do
        if is_running "$service"; then return; fi
    done
    return 1
}

make_secret() {
    [[ -s $stack/secret/$1 ]] || (umask 077 && head -c "${2-32}" /dev/urandom | base64 | tr -dc 'A-Za-z0-9' >"$stack/secret/$1")
}

make_folders() {
    if [[ -e $stack && ! -O $stack ]]; then
        fail "$stack belongs to $(stat -c %U "$stack"): run this as that user, or remove it first (./dev reset as that user)"
    fi
    mkdir -p "$stack"/{pid,log,state,secret} || fail "cannot write to $local_root"
    chmod 711 "$stack"
    chmod 700 "$stack/secret"
    make_secret postgres
    make_secret rabbitmq
    # What the keys of persons are sealed with: an id, and 32 bytes in base64url.
    [[ -s $stack/secret/personal ]] || (umask 077 && printf 'local:%s' "$(head -c 32 /dev/urandom | base64 -w 0 | tr '+/' '-_' | tr -d =)" >"$stack/secret/personal")
    make_secret email 48
    # Signs the tokens of this stack's edge: two of them, so that it is long enough for HS256 in any case.
    [[ -s $stack/secret/jwt ]] || (umask 077 && head -c 48 /dev/urandom | base64 | tr -dc 'A-Za-z0-9' >"$stack/secret/jwt")
}

# One command at a time works on a stack. Descriptor 9 is closed in every process that is started.
lock_stack() {
    exec 9>"$stack/lock"
    if ! flock -n 9; then
        note "another dev command works on the stack '$name': waiting for it"
        flock -w 120 9 || fail "another dev command has held the stack '$name' for two minutes"
    fi
}
unlock_stack() { exec 9>&-; }

# report SERVICE STATE: from the background job that starts a service to the loop that shows it.
report() { printf '%s' "$2" >"$stack/state/$1"; }

# Starts what does not run yet (or the one service named), all at once, and shows who is ready.
stack_up() {
    local service began
    make_folders
    lock_stack
    fetch_kafka_jars
    began=$EPOCHREALTIME
    local -A left=()
    local -A job=()
    printf '%s=%q\n' edge_port "$edge_port" kafka_port "$kafka_port" controller_port "$controller_port" \
        postgres_port "$postgres_port" rabbitmq_port "$rabbitmq_port" distribution_port "$distribution_port" \
        epmd_port "$epmd_port" standins_port "$standins_port" edge_address "$edge_address" >"$stack/ports"
    for service in ${1-"${services[@]}"}; do
        left[$service]=1
        if is_running "$service"; then note "${title[$service]} runs already"; fi
        report "$service" "starting"
        "start_$service" 8>&- 9>&- &
        job[$service]=$!
    done

    local state line last_line='' ticks=0
    while ((${#left[@]} > 0)); do
        line=''
        for service in "${services[@]}"; do
            [[ -n ${left[$service]-} ]] || continue
            state=$(<"$stack/state/$service")
            if [[ $state == failed* ]]; then
                wait "${job[@]}" 2>/dev/null || true
                stack_up_failed "$service" "${state#failed }"
            elif is_running "$service"; then
                if "${service}_is_ready"; then
                    unset "left[$service]"
                    [[ -t 2 ]] && printf '\r\e[K' >&2
                    printf '    %s%-11s%s %sready%s after %s s\n' "$bold" "${title[$service]}" "$plain" "$green" "$plain" "$(seconds_since "$began")" >&2
                    continue
                fi
            elif ! kill -0 "${job[$service]}" 2>/dev/null && ! is_running "$service" && [[ $(<"$stack/state/$service") != failed* ]]; then
                stack_up_failed "$service" "${title[$service]} ended right after its start"
            fi
            line+="${title[$service]} ($state)  "
        done
        if ((++ticks > 1200)); then stack_up_failed "${!left[*]}" "not ready after two minutes"; fi
        if [[ -t 2 ]]; then
            printf '\r\e[K    %s s  waiting for %s' "$(seconds_since "$began")" "$line" >&2
        elif [[ -n $line ]] && { [[ $line != "$last_line" ]] || ((ticks % 50 == 0)); }; then
            note "$(seconds_since "$began") s  waiting for $line"
            last_line=$line
        fi
        ((${#left[@]} == 0)) || sleep 0.1
    done
    [[ -t 2 ]] && printf '\r\e[K' >&2
    wait "${job[@]}" 2>/dev/null || true
    unlock_stack
}

stack_up_failed() {
    local service=${1%% *} log
    [[ -t 2 ]] && printf '\r\e[K' >&2
    log=$(log_of "$service")
    if [[ $2 != port* && -s $log ]]; then
        say "The last lines of $log:"
        tail -n 15 "$log" | sed 's/^/    /' >&2
    fi
    unlock_stack
    stack_down >/dev/null 2>&1 || true
    fail "$2"
}

# Ends what the pid files name, all at once.
stack_down() {
    local service jobs=() began=$EPOCHREALTIME failed=0 running=()
    [[ -d $stack/pid ]] || return 0
    lock_stack
    for service in "${services[@]}" epmd; do
        if is_running "$service"; then running+=("$service"); fi
    done
    if ((${#running[@]} == 0)); then
        rm -f "$stack"/pid/{kafka,postgres,rabbitmq,epmd,standins}
        unlock_stack
        return 0
    fi
    step "Stopping the stack '$name'"
    for service in "${services[@]}"; do
        ("stop_$service" && if [[ " ${running[*]} " == *" $service "* ]]; then
            printf '    %-11s stopped after %s s\n' "${title[$service]}" "$(seconds_since "$began")" >&2
        fi) &
        jobs+=($!)
    done
    for service in "${jobs[@]}"; do wait "$service" || failed=1; done
    unlock_stack
    return $failed
}

# stack_stop SERVICE in order, stack_kill SERVICE by SIGKILL: for tests of what happens then.
stack_stop() {
    [[ -n ${title[${1-}]-} ]] || fail "which service? there are: ${services[*]}"
    lock_stack
    "stop_$1"
    unlock_stack
}

stack_kill() {
    local pid
    [[ -n ${title[${1-}]-} ]] || fail "which service? there are: ${services[*]}"
    pid=$(pid_of "$1") || fail "${title[$1]} of the stack '$name' does not run"
    kill -KILL "$pid"
}

stack_status() {
    local service pid address
    printf '%-11s %-8s %-8s %-22s %s\n' service state pid address memory
    for service in "${services[@]}" epmd jangteo; do
        case $service in
            kafka) address=127.0.0.1:$kafka_port ;;
            postgres) address=127.0.0.1:$postgres_port ;;
            rabbitmq) address=127.0.0.1:$rabbitmq_port ;;
            epmd) address=127.0.0.1:$epmd_port ;;
            standins) address=127.0.0.1:$standins_port ;;
            jangteo) address=$edge_address ;;
        esac
        if pid=$(pid_of "$service"); then
            printf '%-11s %-8s %-8s %-22s %s\n' "$service" running "$pid" "$address" "$(($(awk '/^VmRSS/ {print $2}' "/proc/$pid/status") / 1024)) MB"
        else
            printf '%-11s %-8s %-8s %-22s\n' "$service" stopped - "$address"
        fi
    done
}

postgres_conninfo() {
    printf '%s' "host=127.0.0.1 port=$postgres_port dbname=jangteo user=jangteo password=$(<"$stack/secret/postgres")"
}

# What the binary needs to know of this stack, one NAME=VALUE per line. Everybody is at the same address here, so the
# limit of connections per address is that of all connections.
stack_environment() {
    [[ -s $stack/secret/jwt ]] || fail "there is no stack '$name' yet: infra/local/stack up $name"
    printf '%s\n' "JANGTEO_KAFKA_BROKERS=127.0.0.1:$kafka_port" \
        "JANGTEO_POSTGRES=$(postgres_conninfo)" \
        "JANGTEO_RABBITMQ_URL=amqp://jangteo:$(<"$stack/secret/rabbitmq")@127.0.0.1:$rabbitmq_port/%2F" \
        "JANGTEO_EDGE_ADDRESS=$edge_address" \
        JANGTEO_EDGE_CONNECTIONS_PER_ADDRESS=4096 \
        "JANGTEO_JWT_SECRET=$(<"$stack/secret/jwt")" \
        "JANGTEO_EMAIL_KEY=$(<"$stack/secret/email")" \
        "JANGTEO_PERSONAL_DATA_KEY=$(<"$stack/secret/personal")" \
        JANGTEO_SHOW_CODES=true JANGTEO_EXEMPT_SERVICES=true \
        "JANGTEO_DOCS_FOLDER=$local_root/viewer/node_modules/swagger-ui-dist"
    if [[ -s $stack/clock-offset ]]; then printf 'JANGTEO_CLOCK_OFFSET_S=%s\n' "$(<"$stack/clock-offset")"; fi
    if has_standins; then
        printf '%s\n' "JANGTEO_TOSS_URL=$(standins_url)/toss" "JANGTEO_TOSS_SECRET_KEY=$standins_secret_key" \
            "JANGTEO_TOSS_CLIENT_KEY=$standins_client_key" \
            "JANGTEO_INICIS_URL=$(standins_url)/inicis" JANGTEO_INICIS_MID=standin000 \
            JANGTEO_INICIS_SIGN_KEY=sign_key_standin JANGTEO_INICIS_API_KEY=api_key_standin \
            JANGTEO_INICIS_MOBILE_KEY=mobile_key_standin
    fi
}

# The same for `eval "$(infra/local/stack env NAME)"`.
stack_env() {
    local line
    while IFS= read -r line; do printf 'export %s=%q\n' "${line%%=*}" "${line#*=}"; done < <(stack_environment)
}

stack_log() {
    [[ -n ${1-} ]] || fail "which log? there are: $(cd "$stack/log" && printf '%s ' *.log)"
    cat "$(log_of "$1")"
}

# Everything the stack has written is gone afterwards; it must not run.
stack_reset() {
    stack_runs && fail "the stack '$name' runs; stop it first"
    [[ -e $stack ]] || return 0
    if [[ -L $stack/postgres ]]; then
        local place
        place=$(readlink "$stack/postgres")
        [[ $place == /var/tmp/jangteo-*/postgres ]] && rm -rf -- "${place%/postgres}"
    fi
    rm -rf -- "$stack"
}
