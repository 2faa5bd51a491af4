# Gives the functions that rustc exports their versions: awk -f version-script.awk versions.txt LIST
#
# LIST is the script that rustc has written for the linker: one version without a name, with every exported name under `global:`. What
# comes out is the same script with named versions, each of which follows the one before it.
FNR == 1 { file++ }
/^#/ || NF == 0 { next }
file == 1 {
    version[$1] = $2
    if (!($2 in known)) { known[$2] = 1; order[++versions] = $2 }
    next
}
/^ *threading_[a-z0-9_]*;$/ {
    name = $1
    sub(/;/, "", name)
    of = (name in version) ? version[name] : "THREADING_0"
    names[of] = names[of] "    " name ";\n"
    next
}
# Whatever else rustc writes one day is to be looked at by a person.
!/^ *(\{|\};?|global:|local:|\*;) *$/ {
    print "version-script.awk: rustc's list of exports has a line that is not known: " $0 >"/dev/stderr"
    exit failed = 1
}
END {
    if (failed) exit 1
    if (names["THREADING_0"] == "") {
        print "version-script.awk: rustc's list of exports names no function" >"/dev/stderr"
        exit 1
    }
    print "THREADING_0 {\n  global:\n" names["THREADING_0"] "  local:\n    *;\n};"
    before = "THREADING_0"
    for (at = 1; at <= versions; at++) {
        print order[at] " {\n  global:\n" names[order[at]] "} " before ";"
        before = order[at]
    }
}
