using System.Collections.Immutable;

namespace Snapback.Control.Rollouts;

/// <summary>When a rollout may go up. A rollback asks no schedule.</summary>
/// <param name="Days">Empty for every day.</param>
/// <param name="From">Inclusive, on the time zone's clock.</param>
/// <param name="To">Exclusive; <see cref="TimeOnly.MaxValue"/> for the end of the day.</param>
/// <param name="Frozen">Days on which nothing goes up, both ends included.</param>
public sealed record Schedule(
    TimeZoneInfo Zone,
    ImmutableArray<DayOfWeek> Days,
    TimeOnly From,
    TimeOnly To,
    ImmutableArray<(DateOnly First, DateOnly Last)> Frozen)
{
    /// <summary>A year and a leap day: whatever repeats has come round by then.</summary>
    private const int DaysAhead = 366;

    public bool IsOpen(DateTimeOffset now)
    {
        var local = TimeZoneInfo.ConvertTime(now, Zone);
        var time = TimeOnly.FromTimeSpan(local.TimeOfDay);
        return IsOpen(DateOnly.FromDateTime(local.DateTime)) && time >= From && (time < To || To == TimeOnly.MaxValue);
    }

    /// <summary>The next moment that is open, at least as late as now; null if there is none within a year.</summary>
    public DateTimeOffset? NextOpening(DateTimeOffset now)
    {
        if (IsOpen(now))
        {
            return now;
        }

        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, Zone).DateTime);
        for (var ahead = 0; ahead <= DaysAhead; ahead++)
        {
            var day = today.AddDays(ahead);
            if (IsOpen(day) && Openings(day).Where(opening => opening > now && IsOpen(opening)).ToList() is [var next, ..])
            {
                return next;
            }
        }

        return null;
    }

    public Want Want(DateTimeOffset now)
    {
        var opening = NextOpening(now);
        return opening == now
            ? new Want(true, "")
            : new Want(false, opening is { } next ? $"{Told(next)}, {Durations.Rough(next - now)} left" : Told(null));
    }

    /// <summary>What a record says, which is read later; null while it is open.</summary>
    public string? Closed(DateTimeOffset at) => IsOpen(at) ? null : Told(NextOpening(at));

    private string Told(DateTimeOffset? opening) => opening is { } next
        ? $"outside the schedule until {TimeZoneInfo.ConvertTime(next, Zone):ddd yyyy-MM-dd HH:mm} {Zone.Id}"
        : "outside the schedule for more than a year";

    private bool IsOpen(DateOnly day) => (Days.IsEmpty || Days.Contains(day.DayOfWeek)) && !Frozen.Any(span => day >= span.First && day <= span.Last);

    /// <summary>In order. An hour that the clock skips begins when the skipping ends; one that it shows twice begins twice.</summary>
    private IEnumerable<DateTimeOffset> Openings(DateOnly day)
    {
        var local = day.ToDateTime(From);
        while (Zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(15);
        }

        foreach (var opening in Zone.IsAmbiguousTime(local)
            ? Zone.GetAmbiguousTimeOffsets(local).OrderDescending().Select(offset => new DateTimeOffset(local, offset))
            : [new DateTimeOffset(local, Zone.GetUtcOffset(local))])
        {
            yield return opening;
        }

        // Closed within that hour, it is open again from where the clock was put back to.
        var to = day.ToDateTime(To);
        if (Zone.IsAmbiguousTime(to))
        {
            while (Zone.IsAmbiguousTime(to.AddMinutes(-1)))
            {
                to = to.AddMinutes(-1);
            }

            yield return new DateTimeOffset(to, Zone.GetAmbiguousTimeOffsets(to).Min());
        }
    }
}
