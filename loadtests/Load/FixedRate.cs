using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Snapback.LoadTests.Peers;

namespace Snapback.LoadTests.Load;

/// <summary>
/// An open loop: users who arrive at random instants at a fixed rate (Poisson), whatever the answers take, from a process of
/// its own: this executable again. A latency runs from the instant at which a request was due, so that a stall is charged to
/// every request that it delayed.
/// </summary>
internal static class FixedRate
{
    private const string Verb = "fixed-rate";
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const int Monotonic = 1;
    private const int UntilAbsolute = 1;
    private const int TimerSlack = 29;
    private static readonly byte[] EndOfHead = "\r\n\r\n"u8.ToArray();

    /// <param name="Micros">Sorted latencies; an unanswered request is not among them, but among the errors.</param>
    internal sealed record Latencies(double[] Micros, int Errors)
    {
        public double At(double quantile) => Micros[Math.Min(Micros.Length - 1, (int)(quantile * Micros.Length))];
    }

    public static async Task<Latencies> RunAsync(Uri target, int perSecond, int clients, TimeSpan length)
    {
        var seconds = length.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        string[] arguments = [Verb, target.Authority, $"{perSecond}", $"{clients}", seconds];
        var output = await Child.RunAsync(Child.LoadCore, Environment.ProcessPath!, arguments);
        return JsonSerializer.Deserialize<Latencies>(output)!;
    }

    /// <summary>True if this process was asked to be the generator.</summary>
    public static bool Run(string[] args)
    {
        if (args is not [Verb, var target, var perSecond, var clients, var seconds])
        {
            return false;
        }

        var results = Shoot(IPEndPoint.Parse(target), int.Parse(perSecond), int.Parse(clients), double.Parse(seconds, CultureInfo.InvariantCulture));
        Console.WriteLine(JsonSerializer.Serialize(results));
        return true;
    }

    private static Latencies Shoot(IPEndPoint target, int perSecond, int clients, double seconds)
    {
        var each = (int)(perSecond * seconds / clients);
        var interval = (double)NanosecondsPerSecond * clients / perSecond;
        var start = Now() + NanosecondsPerSecond / 5;
        var latencies = new double[clients * each];
        var threads = Enumerable.Range(0, clients).Select(client => new Thread(() =>
            Client(target, client, new Span<double>(latencies, client * each, each), start, interval))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        var answered = latencies.Where(latency => latency > 0).Order().ToArray();
        return new Latencies(answered, latencies.Length - answered.Length);
    }

    /// <summary>A blocking socket and an absolute sleep: nothing between the answer and the clock.</summary>
    private static void Client(IPEndPoint target, int number, Span<double> latencies, long due, double interval)
    {
        // The kernel may otherwise wake a sleeper 50 µs late to save power.
        _ = prctl(TimerSlack, 1);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 5000 };
        socket.Connect(target);
        var request = Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {target}\r\nX-User-Id: user-{number}\r\n\r\n");
        var buffer = new byte[64 * 1024];

        // The same arrivals in every round and for every peer.
        var dice = new Random(number);
        try
        {
            for (var i = 0; i < latencies.Length; i++)
            {
                due += (long)(-Math.Log(1 - dice.NextDouble()) * interval);
                var until = new Timespec { Seconds = due / NanosecondsPerSecond, Nanoseconds = due % NanosecondsPerSecond };
                _ = clock_nanosleep(Monotonic, UntilAbsolute, in until, 0);
                socket.Send(request);
                if (Receive(socket, buffer))
                {
                    latencies[i] = (Now() - due) / 1000.0;
                }
            }
        }
        catch (SocketException)
        {
            // What is left unanswered counts as errors.
        }
    }

    /// <summary>One whole response with a Content-Length; true if it is a 200.</summary>
    private static bool Receive(Socket socket, byte[] buffer)
    {
        var (read, whole) = (0, int.MaxValue);
        while (read < whole)
        {
            var more = socket.Receive(buffer.AsSpan(read));
            if (more == 0)
            {
                throw new SocketException((int)SocketError.ConnectionReset);
            }

            read += more;
            if (whole == int.MaxValue && buffer.AsSpan(0, read).IndexOf(EndOfHead) is >= 0 and var end)
            {
                var head = Encoding.ASCII.GetString(buffer, 0, end);
                var at = head.IndexOf("content-length:", StringComparison.OrdinalIgnoreCase) + "content-length:".Length;
                var line = head.AsSpan(at);
                whole = end + EndOfHead.Length + int.Parse(line[..(line.IndexOf('\r') is >= 0 and var stop ? stop : line.Length)].Trim());
            }
        }

        return buffer.AsSpan().StartsWith("HTTP/1.1 200"u8);
    }

    private static long Now()
    {
        _ = clock_gettime(Monotonic, out var now);
        return now.Seconds * NanosecondsPerSecond + now.Nanoseconds;
    }

    [DllImport("libc")]
    private static extern int clock_gettime(int clock, out Timespec time);

    [DllImport("libc")]
    private static extern int clock_nanosleep(int clock, int flags, in Timespec time, nint remaining);

    [DllImport("libc")]
    private static extern int prctl(int option, ulong value);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
