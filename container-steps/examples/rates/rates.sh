#!/bin/sh
# Rates converts an amount from euros by the rates of a file: a step for Airflow in a shell script.
set -u

log() { # level, message
	printf '{"time":"%s","level":"%s","message":"%s"}\n' "$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" "$1" "$2" >&2
}
fail() { # exit code, message, next step
	log error "$2"
	printf '{"status":"failed","error":{"message":"%s","next":"%s"}}\n' "$2" "$3"
	exit "$1"
}
# The first process of a container is stopped by nothing that it does not trap, and the shell traps only between commands.
trap 'fail 143 "stopped by SIGTERM" "run it again"' TERM
pause() { sleep "$1" & wait $!; }

usage() { fail 64 "the arguments are not known" "give --amount NUMBER, --to CURRENCY and --pause SECONDS"; }

amount=1 to=GBP seconds=0
while [ $# -ge 2 ]; do
	case $1 in
	--amount) amount=$2 ;;
	--to) to=$2 ;;
	--pause) seconds=$2 ;;
	*) usage ;;
	esac
	shift 2
done
case $#:$to in 0:[A-Z][A-Z][A-Z]) ;; *) usage ;; esac
case $amount:$seconds in *[!0-9.:]* | :* | *:) usage ;; esac

log info "looking for the rate of $to"
pause "$seconds"
rate=$(sed -n "s/^$to,//p" /rates.csv)
[ -n "$rate" ] || fail 65 "there is no rate of $to" "add it to rates.csv"
converted=$(awk -v a="$amount" -v r="$rate" 'BEGIN { printf "%.2f", a * r }')
log info "converted"
printf '{"status":"done","details":{"currency":"%s","amount":%s}}\n' "$to" "$converted"
