# The stand-ins of payment gateways (tests/standins) beside the stack `run`: they take the demo's money.

# No secret: it opens nothing but these.
standins_secret_key=test_sk_standin
standins_client_key=test_ck_standin

standins_url() { printf 'http://127.0.0.1:%s' "$standins_port"; }

start_standins() {
    local problem
    is_running standins && return
    problem=$(need_port "$standins_port" "the stand-ins" JANGTEO_STANDINS_PORT=…) || { report standins "failed $problem"; return 1; }
    if ! command -v python3 >/dev/null; then
        report standins "failed python3 is missing: apt-get install python3"
        return 1
    fi
    report standins "starting"
    # -B: nothing is written beside the sources. -u: the log is there when somebody looks.
    start_process standins python3 -B -u "$checkout/tests/standins/serve.py" --port "$standins_port" \
        --folder "$stack/standins" --toss-secret-key "$standins_secret_key"
}

# Ready means: serves, and knows where this stack's edge takes callbacks. It remembers that, and the edge may have moved.
standins_is_ready() {
    curl -s -f -o /dev/null -m 2 "$(standins_url)/control/health" || return 1
    curl -s -f -o /dev/null -m 2 -X PUT -d "{\"toss\":$(standins_receiver)}" "$(standins_url)/control/callbacks"
}

# Stand-ins call back within this machine only.
standins_receiver() {
    case $edge_address in
        127.0.0.1:* | localhost:* | 0.0.0.0:*) printf '"http://127.0.0.1:%s/api/v1/payments/toss/webhook"' "${edge_address##*:}" ;;
        *) printf null ;;
    esac
}

stop_standins() { stop_process standins TERM 10; }
