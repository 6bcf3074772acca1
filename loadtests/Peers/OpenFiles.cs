using System.Runtime.InteropServices;

namespace Snapback.LoadTests.Peers;

/// <summary>How many files and connections this process and those it starts may have open.</summary>
internal static class OpenFiles
{
    private const int Resource = 7;

    /// <summary>What a process needs besides its connections.</summary>
    private const int Others = 1_000;

    /// <summary>Raises the limit as far as the system lets it, which for root is as far as asked.</summary>
    /// <param name="connections">Wanted, each of which is a file on both sides of a proxy, which keeps a quarter of its files from clients.</param>
    /// <returns>So many of them fit.</returns>
    public static int RoomFor(int connections)
    {
        var wanted = (ulong)((3 * connections) + Others);
        if (getrlimit(Resource, out var limit) != 0)
        {
            return 0;
        }

        if (limit.Now < wanted)
        {
            var raised = new Limit { Now = wanted, Most = Math.Max(limit.Most, wanted) };
            limit.Now = setrlimit(Resource, raised) == 0 ? wanted : limit.Now;
        }

        return (int)Math.Clamp(((long)Math.Min(limit.Now, wanted) - Others) / 3, 0, connections);
    }

    [DllImport("libc")]
    private static extern int getrlimit(int resource, out Limit limit);

    [DllImport("libc")]
    private static extern int setrlimit(int resource, in Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Now;
        public ulong Most;
    }
}
