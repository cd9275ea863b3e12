/* Alarms of a process, kept by its open files. Source: akaros, kern/drivers/dev/alarm.c. */
#include "ros/slab.h"
#include "ros/process.h"

static void
alarm_release(struct kref *kref)
{
	struct proc_alarm *a = container_of(kref, struct proc_alarm, kref);
	struct proc *p = a->proc;

	spin_lock(&p->alarmset.lock);
	TAILQ_REMOVE(&p->alarmset.list, a, link);
	spin_unlock(&p->alarmset.lock);
	kfree(a);
	proc_decref(p);
}

struct proc_alarm *
proc_alarm_alloc(struct proc *p)
{
	struct proc_alarm *a = kzmalloc(sizeof(*a));

	kref_init(&a->kref, alarm_release, 1);
	proc_incref(p, 1);
	a->proc = p;
	a->period = 1000;
	spin_lock(&p->alarmset.lock);
	a->id = p->alarmset.id_counter++;
	TAILQ_INSERT_TAIL(&p->alarmset.list, a, link);
	spin_unlock(&p->alarmset.lock);
	return (a);
}

void
alarm_release_all(struct proc *p)
{
	struct proc_alarm *a;

	while ((a = TAILQ_FIRST(&p->alarmset.list)) != NULL)
		kref_put(&a->kref);
}
