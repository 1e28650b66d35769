#!/bin/sh
# Makes the certificates of this folder anew (see README.md): `sh io/testdata/tls/make.sh`. Needs openssl 3. They are valid from
# 2020 to 2120, so that tests do not depend on when they run; the authority's key is thrown away.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: > "$work/index"
echo 1000 > "$work/serial"
cat > "$work/openssl.cnf" <<CONFIG
[ca]
default_ca = test
[test]
database = $work/index
serial = $work/serial
new_certs_dir = $work
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
CONFIG
curve="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
valid="-startdate 20200101000000Z -enddate 21200101000000Z"

# make NAME COMMON-NAME EXTENSIONS DATES [ARGUMENTS OF THE AUTHORITY]
make() {
  openssl req $curve -keyout "$work/$1.key" -out "$work/$1.csr" -subj "/CN=$2" 2> /dev/null
  printf "$3" > "$work/extensions"
  openssl ca -batch -notext -config "$work/openssl.cnf" -in "$work/$1.csr" -out "$1.pem" -extfile "$work/extensions" $4 $5 2> /dev/null
  cp "$work/$1.key" "$1.key"
}
own="-selfsign -keyfile $work/authority.key"
signed="-cert authority.pem -keyfile $work/authority.key"
names="subjectAltName=DNS:localhost,DNS:broker.test,IP:127.0.0.1,IP:::1\nextendedKeyUsage=serverAuth\n"
make authority "Millrace test authority" "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n" "$valid" "$own"
rm authority.key
make server broker.test "$names" "$valid" "$signed"
make expired broker.test "$names" "-startdate 20200101000000Z -enddate 20200201000000Z" "$signed"
make elsewhere elsewhere.test "subjectAltName=DNS:elsewhere.test\nextendedKeyUsage=serverAuth\n" "$valid" "$signed"
make client client.test "extendedKeyUsage=clientAuth\n" "$valid" "$signed"
