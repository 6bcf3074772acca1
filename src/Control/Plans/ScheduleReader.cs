using System.Globalization;
using System.Text.Json;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>Reads and writes when a rollout may go up.</summary>
internal static class ScheduleReader
{
    private const string Example =
        "schedule: { days: [ mon, tue, wed, thu ], hours: 09:00-16:00, timeZone: Europe/Berlin, freeze: [ 2026-12-20..2027-01-03 ] }";

    private static readonly Choice<DayOfWeek> Days = new(
        ("mon", DayOfWeek.Monday), ("tue", DayOfWeek.Tuesday), ("wed", DayOfWeek.Wednesday), ("thu", DayOfWeek.Thursday),
        ("fri", DayOfWeek.Friday), ("sat", DayOfWeek.Saturday), ("sun", DayOfWeek.Sunday));

    public static Schedule? Read(PlanSection plan, Problems problems)
    {
        if (plan.Find("schedule") is not { } node
            || node is PlanScalar { Text: "off" }
            || PlanSection.Open(node, PlanKeys.Schedule, Example, problems) is not { } section)
        {
            return null;
        }

        if (section.Find("days") is PlanList { Items.Count: 0 } none)
        {
            problems.Add(none, "There are no days, and nothing would ever go up.", "Name one, such as mon, or leave days out for every day.");
        }

        var zone = section.Value("timeZone", Zone)?.Value ?? TimeZoneInfo.Utc;
        var hours = section.Value("hours", Hours)?.Value ?? (TimeOnly.MinValue, TimeOnly.MaxValue);
        var schedule = new Schedule(
            zone,
            [.. (section.List("days") ?? [])
                .Select(day => section.Value(day, Days.Parse))
                .OfType<Located<DayOfWeek>>()
                .Select(day => day.Value)
                .Distinct()],
            hours.Item1,
            hours.Item2,
            [.. (section.List("freeze") ?? [])
                .Select(span => section.Value(span, Span))
                .OfType<Located<(DateOnly, DateOnly)>>()
                .Select(span => span.Value)]);
        return schedule;
    }

    public static void Write(Utf8JsonWriter json, Schedule? schedule)
    {
        if (schedule is null)
        {
            return;
        }

        json.WriteStartObject("schedule");
        json.WriteString("timeZone", schedule.Zone.Id);
        Write(json, "days", schedule.Days.Select(Days.Format));
        if (!IsAllDay(schedule))
        {
            json.WriteString("hours", Format(schedule));
        }

        Write(json, "freeze", schedule.Frozen.Select(Format));
        json.WriteEndObject();
    }

    /// <summary>For people, in the words of the plan.</summary>
    public static string Told(Schedule schedule) => string.Join(", ", new[]
    {
        string.Join(" ", schedule.Days.Select(Days.Format)),
        IsAllDay(schedule) ? "" : Format(schedule),
        schedule.Frozen.IsEmpty ? "" : $"not {string.Join(" and ", schedule.Frozen.Select(Told))}",
        schedule.Zone.Id,
    }.Where(part => part.Length > 0));

    private static string Told((DateOnly First, DateOnly Last) span) =>
        span.First == span.Last ? span.First.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : Format(span);

    private static bool IsAllDay(Schedule schedule) => (schedule.From, schedule.To) == (TimeOnly.MinValue, TimeOnly.MaxValue);

    private static string Format(Schedule schedule)
    {
        var to = schedule.To == TimeOnly.MaxValue ? "24:00" : schedule.To.ToString("HH:mm", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{schedule.From:HH:mm}-{to}");
    }

    private static string Format((DateOnly First, DateOnly Last) span) =>
        string.Create(CultureInfo.InvariantCulture, $"{span.First:yyyy-MM-dd}..{span.Last:yyyy-MM-dd}");

    private static void Write(Utf8JsonWriter json, string key, IEnumerable<string> texts)
    {
        if (texts.ToList() is not { Count: > 0 } all)
        {
            return;
        }

        json.WriteStartArray(key);
        all.ForEach(json.WriteStringValue);
        json.WriteEndArray();
    }

    private static Parsed<TimeZoneInfo> Zone(string text) => TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone)
        ? zone
        : new Fault(
            $"{Shown.Quoted(text)} is no time zone of this machine.",
            TimeZoneInfo.GetSystemTimeZones().Count > 1
                ? "Write an IANA name such as Europe/Berlin, or UTC."
                : "It has none but UTC: install its time zones (the package tzdata), or write UTC.");

    private static Parsed<(TimeOnly, TimeOnly)> Hours(string text)
    {
        var parts = text.Split('-', 2);
        var isRead = parts.Length == 2 & Time(parts[0], out var from) & Time(parts[^1] == "24:00" ? "23:59" : parts[^1], out var to);
        to = parts[^1] == "24:00" ? TimeOnly.MaxValue : to;
        return isRead && from < to
            ? (from, to)
            : new Fault($"{Shown.Quoted(text)} is not two times of day as HH:MM, the earlier first.", "Write, say, 09:00-16:00, or 00:00-24:00.");
    }

    private static bool Time(string text, out TimeOnly time) =>
        TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out time);

    private static Parsed<(DateOnly, DateOnly)> Span(string text)
    {
        var parts = text.Split("..", 2);
        var isRead = Date(parts[0], out var first) & Date(parts[^1], out var last);
        return isRead && first <= last
            ? (first, last)
            : new Fault($"{Shown.Quoted(text)} is no day and no span of days.", "Write 2026-12-24, or 2026-12-20..2027-01-03.");
    }

    private static bool Date(string text, out DateOnly date) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);
}
