/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol of the stages, for spin.  What each stage tells and awaits, HOST_LIST, BRIDGE_LIST and INIT_LIST, is made
 * from a plan by `run` beside this file; here is what the words mean.
 *
 * Whatever does not speak is WORK, and may succeed, fail, or be the moment in which the stage is killed, and so may every
 * wait.  No limit of time ends a wait here: who waits for somebody who is gone must hear of it by the channel alone.
 *
 * The channel is one socket.  Bridge and init share one end of it, so either could hear what was meant for the other. */

#define ERROR 255	/* a struct err, as the last word */

byte alive;		/* a bit a stage */
#define ALIVE(s)  (alive & (1 << s))
#define BEGIN(s)  alive = alive | (1 << s)
#define END(s)    alive = alive & ~(1 << s)
#define CHILDREN  (alive & ((1 << BRIDGE) | (1 << INIT)))

chan to_host = [8] of { byte };
chan to_child = [8] of { byte };

bool host_open = true;		/* its end of the channel */
bool killed[3];			/* by somebody, or by the host, which undoes */
bool state, recorded, gone_on, started_or_waiting;	/* the state directory, its file; init has heard "go" */
bool host_failed, host_was_killed, host_succeeded;
bool child_was_killed, child_failed; /* at its work */

/* A step of a stage that may end there. */
#define MORTAL(s) \
	:: killed[s] -> goto dead

/* Somebody may kill each of them, at any time, and need not.  A process of its own, so that a wait which only a death
 * would end is seen to be one. */
proctype fate(byte s)
{
	if
	:: atomic { killed[s] = true; host_was_killed = host_was_killed || s == HOST; child_was_killed = child_was_killed || s != HOST }
	:: true
	fi
}

#define WORK(s) \
	if \
	:: true \
	:: true -> child_failed = child_failed || s != HOST; goto failed \
	MORTAL(s) \
	fi

#define RECORD(s) \
	if \
	:: recorded = true \
	:: true -> goto failed \
	MORTAL(s) \
	fi

#define CLONE(s, t) \
	if \
	:: atomic { BEGIN(t); run t##_stage() } \
	:: true -> goto failed \
	MORTAL(s) \
	fi

/* Nobody there to hear it: EPIPE. */
#define TELL(s, word) \
	if \
	:: atomic { s == HOST && CHILDREN -> to_child ! word } \
	:: atomic { s != HOST && host_open -> to_host ! word } \
	:: atomic { s == HOST && !CHILDREN -> goto failed } \
	:: atomic { s != HOST && !host_open -> goto failed } \
	MORTAL(s) \
	fi

/* A word, an error, or the end: whoever could still speak is gone. */
#define AWAIT(s, word) \
	if \
	:: atomic { s == HOST && to_host ? [word] -> to_host ? word } \
	:: atomic { s == HOST && to_host ? [ERROR] -> to_host ? ERROR; goto failed } \
	:: atomic { s == HOST && nempty(to_host) && !(to_host ? [word]) && !(to_host ? [ERROR]) -> assert(false) } \
	:: atomic { s == HOST && empty(to_host) && !CHILDREN -> goto failed } \
	:: atomic { s != HOST && to_child ? [word] -> to_child ? word } \
	:: atomic { s != HOST && nempty(to_child) && !(to_child ? [word]) -> assert(false) } \
	:: atomic { s != HOST && empty(to_child) && !host_open -> goto failed } \
	MORTAL(s) \
	fi

/* Init shares the bridge's end of the channel and would keep it open: the bridge itself is watched, too. */
#define AWAIT_INIT(s, word) \
	if \
	:: atomic { to_host ? [word] -> to_host ? word } \
	:: atomic { to_host ? [ERROR] -> to_host ? ERROR; goto failed } \
	:: atomic { empty(to_host) && !ALIVE(BRIDGE) -> goto failed } \
	MORTAL(s) \
	fi

/* "go": from here on the container is there, and whatever becomes of the host, `delete` knows of it. */
#define HEARD_GO(s) atomic { assert(recorded && state); gone_on = true }

/* The fifo: it has nothing to do with the host any more, and may wait for ever. */
#define AWAIT_START(s) \
	started_or_waiting = true

/* The last word, then what init made in the image, in one; a host that is gone hears nothing. */
#define CHILD_FAILED(s) \
failed: \
	if \
	:: atomic { host_open -> to_host ! ERROR } \
	:: atomic { !host_open -> skip } \
	MORTAL(s) \
	fi; \
dead: \
	END(s)

proctype BRIDGE_stage()
{
	BRIDGE_LIST
	goto dead;
	CHILD_FAILED(BRIDGE)
}

proctype INIT_stage()
{
	INIT_LIST
	goto dead;
	CHILD_FAILED(INIT)
}

/* What is left at the end, once each stage has got as far as it gets. */
inline check_end()
{
	/* A failure leaves no process and no state. */
	assert(!host_failed || (!CHILDREN && !state));
	/* Whoever has success reported finds the container recorded, and its init went on if nobody killed it. */
	assert(!host_succeeded || (state && recorded && (gone_on || child_was_killed || child_failed || ALIVE(INIT))));
	/* A host that was killed leaves a process alone that `delete` knows of. */
	assert(!(host_was_killed && gone_on) || recorded)
}

active proctype HOST_stage()
{
	BEGIN(HOST);
	run fate(HOST);
	run fate(BRIDGE);
	run fate(INIT);
	HOST_LIST
	host_succeeded = true;
	goto dead;
failed:
	/* Undo: hear to the end what they have to say, while they have; kill and reap; remove. */
	do
	:: to_host ? _
	:: empty(to_host) -> break
	:: killed[HOST] -> goto dead
	od;
	host_open = false;
	atomic { killed[BRIDGE] = true; killed[INIT] = true };
	if
	:: !CHILDREN -> skip /* reaped */
	:: killed[HOST] -> goto dead
	fi;
	if
	:: state = false
	:: killed[HOST] -> goto dead
	fi;
	host_failed = true;
dead:
	END(HOST);
	host_open = false;
	/* Then all others come to an end, or init waits for its start: spin knows of anybody who does not. */
	(!CHILDREN || (gone_on && !ALIVE(BRIDGE)));
	check_end()
}
