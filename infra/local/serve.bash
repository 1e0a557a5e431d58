# Jangteo on top of a stack: the binary as a process of the stack, the load, the lines to try.

binary_of() { printf '%s' "$checkout/build/$1/main/jangteo"; }
edge_url() { printf 'http://%s' "${edge_address/#0.0.0.0:/127.0.0.1:}"; }

# with_stack_environment COMMAND…: in a subshell, which hands secrets over without showing them in a list of processes.
with_stack_environment() (
    if [[ -s $stack/secret/jwt ]]; then
        mapfile -t lines < <(stack_environment)
        export "${lines[@]}"
    fi
    "$@"
)

# What /docs shows the API with: from the package registry, pinned by its lock file, fetched once and again when that
# changes. Jangteo serves without it; /docs then says what is missing.
viewer="$local_root/viewer"

fetch_viewer() {
    local pin=$checkout/http-edge/docs/viewer/package-lock.json
    [[ ! -f $viewer/.complete || $(<"$viewer/.complete") != "$(sha256sum <"$pin")" ]] || return 0
    command -v npm >/dev/null || install_missing npm
    step "Fetching the viewer of /docs through npm (about 12 MB, once)"
    rm -rf "$viewer"
    mkdir -p "$viewer"
    cp "$checkout"/http-edge/docs/viewer/package*.json "$viewer"
    if ! (cd "$viewer" && npm ci --no-audit --no-fund --ignore-scripts >npm.log 2>&1); then
        note "npm could not fetch the viewer, so /docs will have no page; its output is in $viewer/npm.log"
        return 0
    fi
    sha256sum <"$pin" >"$viewer/.complete"
}

start_jangteo() {
    local preset=$1 began=$EPOCHREALTIME problem pid ticks=0 code
    problem=$(need_port "${edge_address##*:}" "Jangteo's edge" JANGTEO_EDGE_ADDRESS=127.0.0.1:…) || fail "$problem"
    step "Starting jangteo all"
    with_stack_environment start_process jangteo "$(binary_of "$preset")" all || true
    while true; do
        if ! is_running jangteo; then jangteo_ended; fi
        code=$(curl -s -o /dev/null -m 2 -w '%{http_code}' "$(edge_url)/ready" || true)
        if [[ $code == 200 ]]; then break; fi
        if ((++ticks > 600)); then
            show_log_end jangteo
            fail "jangteo runs but is not ready after $(seconds_since "$began") s (/ready answers '$code'); its log is $(log_of jangteo)"
        fi
        if [[ -t 2 ]]; then
            printf '\r\e[K    %s s  waiting for %s/ready' "$(seconds_since "$began")" "$(edge_url)" >&2
        elif ((ticks % 50 == 0)); then
            note "$(seconds_since "$began") s  waiting for $(edge_url)/ready"
        fi
        sleep 0.1
    done
    [[ -t 2 ]] && printf '\r\e[K' >&2
    pid=$(pid_of jangteo)
    printf '    %-11s %sready%s after %s s (process %s)\n' jangteo "$green" "$plain" "$(seconds_since "$began")" "$pid" >&2
}

# Whoever waits for jangteo to end sees the mark and goes on waiting.
restart_jangteo() {
    touch "$stack/restarting"
    stop_jangteo
    start_jangteo "$1"
    rm -f "$stack/restarting"
}

# seconds_of +8d: prints 691200.
seconds_of() {
    [[ $1 =~ ^\+([0-9]{1,6})([smhd])$ ]] || return 1
    local -A unit=([s]=1 [m]=60 [h]=3600 [d]=86400)
    printf '%d' $((10#${BASH_REMATCH[1]} * ${unit[${BASH_REMATCH[2]}]}))
}

# The clock of the trade: what orders, timers and points go by.
clock_offset() { if [[ -s $stack/clock-offset ]]; then cat "$stack/clock-offset"; else printf 0; fi; }
clock_says() { date -d "@$(($(date +%s) + $(clock_offset)))" '+%Y-%m-%d %H:%M:%S'; }

show_log_end() {
    local log
    log=$(log_of "$1")
    say "The last lines of $log:"
    tail -n 20 "$log" 2>/dev/null | sed 's/^/    /' >&2
}

jangteo_ended() {
    [[ -t 2 ]] && printf '\r\e[K' >&2
    show_log_end jangteo
    # The servers are stopped with it, so what an operator would do is out of reach here.
    ! tail -n 1 "$(log_of jangteo)" | grep -q 'of the read model' ||
        fail "the local stack holds the data of an older version; ./dev reset empties it"
    fail "jangteo has ended by itself; its log is $(log_of jangteo)"
}

# SIGTERM drains: the edge finishes what it has, state is written, then the process ends.
stop_jangteo() {
    local began=$EPOCHREALTIME
    is_running jangteo || return 0
    step "Stopping jangteo"
    stop_process jangteo TERM 20
    printf '    %-11s stopped after %s s\n' jangteo "$(seconds_since "$began")" >&2
}

load_sample() {
    step "Playing the sample: a week of a real retailer's baskets (bench/sample), from the order to the doorstep"
    with_stack_environment "$checkout/build/$1/bench/jangteo-load" --url "$(edge_url)" \
        --products "$checkout/bench/sample/products.csv.gz" --baskets "$checkout/bench/sample/baskets.csv.gz" \
        --grant-points 5000 --points-every 10 --points-to-use 1000 --play "$(standins_url)"
}

mint_token() {
    with_stack_environment "$(binary_of "$1")" token "${@:2}"
}

# The ids of the sample follow from the retailer's own numbers, so these lines are the same on every machine.
show_what_to_try() {
    local preset=$1 loaded=$2 url product user token admin order
    url=$(edge_url)
    product=$(journey_id product:1082185)
    user=$(journey_id household:2222)
    token=$(mint_token "$preset" --user "$user")
    say ""
    say "${bold}Jangteo serves at $url${plain}   (./dev status, ./dev logs, ./dev psql)"
    say "Demo accounts, with the password $demo_password: $(printf '%s ' "${demo_people[@]}" | grep -o '[a-z]*@[a-z.]*' | paste -sd ' ')"
    say ""
    printf '%s\n\n' "curl -s -X POST -H 'Content-Type: application/json' -d '{\"email\":\"demo@jangteo.example\",\"password\":\"$demo_password\"}' $url/api/v1/auth/login"
    if [[ $loaded == yes ]]; then
        order=$(delivered_order_of "$user" "$token")
        say "A household of the sample: its orders,${order:+ where the last one is,} its points, and a new order of two bunches of bananas:"
    else
        admin=$(mint_token "$preset" --user "$(journey_id operator)" --role admin)
        say "Nothing is loaded. Put ten bananas on the shelf, look at them, and order two:"
    fi
    say ""
    if [[ $loaded == yes ]]; then
        printf '%s\n\n' "curl -s -H 'Authorization: Bearer $token' $url/api/v1/orders/user/$user"
        [[ -z $order ]] || printf '%s\n\n' "curl -s -H 'Authorization: Bearer $token' $url/api/v1/orders/$order/tracking"
        printf '%s\n\n' "curl -s -H 'Authorization: Bearer $token' $url/api/v1/users/$user/points/summary"
    else
        printf '%s\n\n' "curl -s -X PUT -H 'Authorization: Bearer $admin' -H 'Content-Type: application/json' -d '{\"onHand\":10,\"name\":\"BANANAS\",\"unitPrice\":99,\"sellerId\":\"$(journey_id seller)\"}' $url/api/v1/inventory/$product"
        printf '%s\n\n' "curl -s -H 'Authorization: Bearer $token' $url/api/v1/inventory/$product"
    fi
    printf '%s\n\n' "curl -s -X POST -H 'Authorization: Bearer $token' -H 'Content-Type: application/json' -H \"Idempotency-Key: \$(cat /proc/sys/kernel/random/uuid)\" -d '{\"userId\":\"$user\",\"items\":[{\"productId\":\"$product\",\"quantity\":2}],\"shippingAddress\":{\"recipientName\":\"Kim\",\"phone\":\"010-1234-5678\",\"zipCode\":\"04524\",\"address\":\"Seoul\"}}' $url/api/v1/orders"
}

# The people of the local stack, whom everybody may be (DOA-AUTH-06): role, address, name.
demo_people=("user demo@jangteo.example 김하늘" "seller seller@jangteo.example 이바다" "admin admin@jangteo.example 박나무")
demo_password=jangteo-demo

# make_demo_accounts PRESET: those that are there already stay as they are.
make_demo_accounts() {
    local preset=$1 line role address name admin answer user
    step "Making the demo accounts"
    admin=$(mint_token "$preset" --user "$(journey_id operator)" --role admin)
    for line in "${demo_people[@]}"; do
        read -r role address name <<<"$line"
        answer=$(ask_edge POST /api/v1/auth/register "" \
            "{\"email\":\"$address\",\"password\":\"$demo_password\",\"name\":\"$name\"}")
        user=$(python3 -c 'import json, sys; print(json.load(sys.stdin).get("data", {}).get("user", {}).get("id", ""))' <<<"$answer") || user=''
        if [[ -z $user ]]; then
            [[ $answer == *USER_002* ]] || fail "the demo account $address could not be made: $answer"
            continue
        fi
        [[ $role == user ]] || give_role "$user" "$role" "$admin"
    done
}

# give_role USER ROLE TOKEN: the read model may be a moment behind.
give_role() {
    local tries answer
    for tries in {1..50}; do
        answer=$(ask_edge PUT "/api/v1/admin/users/$1/role" "$3" "{\"role\":\"$2\"}")
        [[ $answer != *'"success":true'* ]] || return 0
        sleep 0.1
    done
    fail "the role $2 could not be given after $tries tries: $answer"
}

# ask_edge METHOD PATH TOKEN BODY: prints the answer.
ask_edge() {
    local headers=(-H 'Content-Type: application/json' -H 'Prefer: wait=30')
    [[ -z $3 ]] || headers+=(-H "Authorization: Bearer $3")
    curl -s -m 40 -X "$1" "${headers[@]}" -d "$4" "$(edge_url)$2"
}

# delivered_order_of USER TOKEN: prints the id of the last one; nothing if there is none.
delivered_order_of() {
    curl -s -m 5 -H "Authorization: Bearer $2" "$(edge_url)/api/v1/orders/user/$1?status=delivered&limit=1" |
        python3 -c 'import json, sys; print(*[order["id"] for order in json.load(sys.stdin)["data"]])' 2>/dev/null || true
}

journey_id() { python3 -c 'import sys, uuid; print(uuid.uuid5(uuid.NAMESPACE_URL, "journey:" + sys.argv[1]))' "$1"; }
