# SPDX-License-Identifier: Apache-2.0
#
# From the profile of containers-common (Podman's default) to what an engine makes of it for one container:
#     jq --arg arch amd64 --argjson caps '["CAP_CHOWN"]' -f seccomp.jq /usr/share/containers/seccomp.json

({ amd64: "SCMP_ARCH_X86_64", arm64: "SCMP_ARCH_AARCH64", ppc64el: "SCMP_ARCH_PPC64LE", s390x: "SCMP_ARCH_S390X",
   riscv64: "SCMP_ARCH_RISCV64" }[$arch] // "SCMP_ARCH_X86") as $native |
def counts: (.includes.arches // [] | . == [] or any(. == $arch)) and (.includes.caps // [] | all(IN($caps[])))
	and (.excludes.arches // [] | any(. == $arch) | not) and (.excludes.caps // [] | any(IN($caps[])) | not);

{ defaultAction, defaultErrnoRet, architectures: [.archMap[] | select(.architecture == $native) | .architecture, .subArchitectures[]?],
  syscalls: [.syscalls[] | select(counts) | { names, action } + (if .errnoRet then { errnoRet } else {} end)
	+ (if .args | length > 0 then { args } else {} end)] }
