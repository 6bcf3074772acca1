using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// Gives back what only the start needed: the pages of code and metadata that were read, which stay in the system's cache and are
/// mapped again, without the disk, by whoever needs one; and the garbage of the start and of the warm-up. Later, what the compiler read.
/// </summary>
internal static class StartMemory
{
    private const string Maps = "/proc/self/maps";
    private const string MapsInDetail = "/proc/self/smaps";
    private const int DontNeed = 4;

    /// <summary>Its collection stops all threads: 5 ms with 2 MB alive, and in proportion.</summary>
    private const long LargestHeap = 32 << 20;

    /// <summary>So many methods more were compiled that it is worth another look.</summary>
    private const long Compiled = 500;

    /// <summary>What is mapped for so long is not being loaded any more, and no library of the process is ever unloaded.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(30);

    private static int _isDone;

    /// <summary>Until it is told to stop, and once in a process; nothing on systems without /proc.</summary>
    public static async Task GiveBackAsync(TimeProvider time, CancellationToken stop)
    {
        if (Interlocked.Exchange(ref _isDone, 1) != 0 || !File.Exists(MapsInDetail))
        {
            return;
        }

        if (GC.GetTotalMemory(forceFullCollection: false) < LargestHeap)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }

        while (true)
        {
            var compiled = JitInfo.GetCompiledMethodCount();
            await UnmapAsync(time, stop);
            do
            {
                await Task.Delay(BetweenLooks, time, stop);
            }
            while (JitInfo.GetCompiledMethodCount() - compiled < Compiled);
        }
    }

    private static async Task UnmapAsync(TimeProvider time, CancellationToken stop)
    {
        var settled = Mapped(File.ReadLines(Maps)).ToHashSet();
        await Task.Delay(Settled, time, stop);
        foreach (var (start, end) in Unchanged(File.ReadLines(MapsInDetail)).Where(settled.Contains))
        {
            // Refused it stays as it was.
            _ = madvise(start, end - start, DontNeed);
        }
    }

    /// <summary>Of /proc/self/maps: the files that are mapped to be read or run, and not to be written.</summary>
    internal static IEnumerable<(nuint Start, nuint End)> Mapped(IEnumerable<string> maps) => maps.Select(FileAt).OfType<(nuint, nuint)>();

    /// <summary>Of /proc/self/smaps: those of which no page differs from its file, so that nothing is lost.</summary>
    internal static IEnumerable<(nuint Start, nuint End)> Unchanged(IEnumerable<string> smaps)
    {
        (nuint, nuint)? file = null;
        foreach (var line in smaps)
        {
            if (!char.IsAsciiLetterUpper(line[0]))
            {
                file = FileAt(line);
            }
            else if (file is { } mapped && line.StartsWith("Anonymous: ", StringComparison.Ordinal) && line.EndsWith(" 0 kB", StringComparison.Ordinal))
            {
                yield return mapped;
            }
        }
    }

    /// <summary>As in "7f0000000000-7f0000001000 r-xp 00000000 00:1a 42   /app/snapback.r2r.dll"; null for what is no such file.</summary>
    private static (nuint Start, nuint End)? FileAt(string line)
    {
        var words = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return words is [var range, [_, '-', ..], _, _, _, ['/', ..] path] && !path.StartsWith("/memfd:", StringComparison.Ordinal) && range.Split('-') is [var start, var end]
            ? (nuint.Parse(start, NumberStyles.HexNumber, CultureInfo.InvariantCulture), nuint.Parse(end, NumberStyles.HexNumber, CultureInfo.InvariantCulture))
            : null;
    }

    [DllImport("libc")]
    private static extern int madvise(nuint address, nuint length, int advice);
}
