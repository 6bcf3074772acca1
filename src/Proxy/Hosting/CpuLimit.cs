using System.Globalization;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// Tells when the process is held back by its CPU limit, the quota of its control group: every answer of either arm is then read late, which looks
/// as if both were slow, and nothing else here would say why.
/// </summary>
internal sealed class CpuLimit : IDisposable
{
    /// <summary>A hundred of the usual periods.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan BetweenWarnings = TimeSpan.FromMinutes(10);

    /// <summary>Of the periods in which it ran. One that meets its limit now and then is held back for a few milliseconds.</summary>
    private const double Much = 0.25;

    private readonly Func<string?> _read;
    private readonly Serilog.ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private Periods? _last;
    private long? _toldAt;

    /// <param name="read">The group's <c>cpu.stat</c>; null if there is none.</param>
    public CpuLimit(Func<string?> read, Serilog.ILogger logger, TimeProvider time)
    {
        (_read, _logger, _time) = (read, logger, time);
        // What the start takes is not looked at: compilers run then.
        _timer = time.CreateTimer(static self => ((CpuLimit)self!).Look(), this, Interval, Interval);
    }

    public static CpuLimit OfThisProcess(Serilog.ILogger logger, TimeProvider time)
    {
        var file = Candidates(Lines("/proc/self/cgroup")).FirstOrDefault(File.Exists);
        return new CpuLimit(() => file is null ? null : string.Join('\n', Lines(file)), logger, time);
    }

    /// <summary>Where the group's figures may be: a container sees its own group as the root, with or without its path on the machine.</summary>
    /// <param name="groups">Lines of <c>/proc/self/cgroup</c> (cgroups(7)): number, controllers and path, with ':' in between.</param>
    public static IEnumerable<string> Candidates(IEnumerable<string> groups) =>
        from line in groups
        let parts = line.Split(':', 3)
        where parts.Length == 3 && (parts[1].Length == 0 || parts[1].Split(',').Contains("cpu"))
        let root = parts[1].Length == 0 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu"
        from path in new[] { parts[2].TrimEnd('/'), "" }
        select $"{root}{path}/cpu.stat";

    public void Dispose() => _timer.Dispose();

    internal void Look()
    {
        if (_read() is not { } text || Periods.Of(text) is not { } now)
        {
            return;
        }

        var (last, at) = (_last, _time.GetTimestamp());
        _last = now;
        if (last is not { } before || now.Held - before.Held < Much * (now.All - before.All) || now.Held == before.Held
            || (_toldAt is { } told && _time.GetElapsedTime(told, at) < BetweenWarnings))
        {
            return;
        }

        _toldAt = at;
        _logger.Warning(
            "The CPU limit of this process held it back in {Held} of the last {All} periods (nr_throttled of its cpu.stat): answers of both arms look later than " +
            "they are. Raise the limit, or run more replicas.",
            now.Held - before.Held,
            now.All - before.All);
    }

    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <param name="All">Periods in which the group ran.</param>
    /// <param name="Held">Those of them in which it used up its quota and wanted more.</param>
    private readonly record struct Periods(long All, long Held)
    {
        public static Periods? Of(string text)
        {
            var figures = text.Split('\n').Select(static line => line.Split(' ')).Where(static words => words.Length == 2)
                .ToLookup(static words => words[0], static words => words[1]);
            return Figure("nr_periods") is { } all && Figure("nr_throttled") is { } held ? new Periods(all, held) : null;

            long? Figure(string name) =>
                long.TryParse(figures[name].FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var figure) ? figure : null;
        }
    }
}
