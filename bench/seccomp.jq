# SPDX-License-Identifier: Apache-2.0
#
# From the profile of containers-common (Podman's default) to what an engine makes of it for one container:
#     jq --arg arch amd64 --argjson caps '["CAP_CHOWN"]' -f seccomp.jq /usr/share/containers/seccomp.json

def counts: (.includes.arches // [] | . == [] or any(. == $arch)) and (.includes.caps // [] | all(IN($caps[])))
	and (.excludes.arches // [] | any(. == $arch) | not) and (.excludes.caps // [] | any(IN($caps[])) | not);

{ defaultAction, defaultErrnoRet, architectures: [.archMap[] | select(any(.[]; . == "SCMP_ARCH_X86_64")) |
	.architecture, .subArchitectures[]],
  syscalls: [.syscalls[] | select(counts) | { names, action } + (if .errnoRet then { errnoRet } else {} end)
	+ (if .args | length > 0 then { args } else {} end)] }
