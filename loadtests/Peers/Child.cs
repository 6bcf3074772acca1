using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Snapback.LoadTests.Peers;

/// <summary>A process of the measurement's: on one core, timed by the kernel, and gone with the run, whatever ends that.</summary>
internal sealed class Child : IAsyncDisposable
{
    /// <summary>The proxy under test has this core for itself; the load and the upstreams share the other.</summary>
    public const int ProxyCore = 0;
    public const int LoadCore = 1;

    private const int SchedulerClock = 2;

    /// <summary>For a start with ten thousand rollouts.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Child(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>User and system time of all its threads, also of those that ended.</summary>
    public TimeSpan CpuTime => clock_gettime((~Id << 3) | SchedulerClock, out var time) == 0
        ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick)
        : throw new InvalidOperationException($"'{_process.StartInfo.ArgumentList[2]}' is gone: {Output}");

    /// <summary>Resident memory, in bytes.</summary>
    public long Memory
    {
        get
        {
            var line = File.ReadLines($"/proc/{Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return 1024 * long.Parse(line["VmRSS:".Length..^"kB".Length].Trim());
        }
    }

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public static Child Start(int core, string program, IEnumerable<string> args, params (string Name, string Value)[] environment)
    {
        var info = new ProcessStartInfo("taskset", ["--cpu-list", $"{core}", program, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        var child = new Child(new Process { StartInfo = info, EnableRaisingEvents = true });
        child._process.OutputDataReceived += child.Keep;
        child._process.ErrorDataReceived += child.Keep;
        child._process.Exited += (_, _) => child._ended.TrySetResult();
        AppDomain.CurrentDomain.ProcessExit += child.Kill;
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Runs to the end and gives what it printed.</summary>
    public static async Task<string> RunAsync(int core, string program, params string[] args)
    {
        await using var child = Start(core, program, args);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await child._process.WaitForExitAsync(limit.Token);
        return child._process.ExitCode == 0
            ? child.Output
            : throw new InvalidOperationException($"'{program} {string.Join(' ', args)}' ended with {child._process.ExitCode}: {child.Output}");
    }

    /// <summary>Until the address answers 200.</summary>
    public async Task AnswersAsync(Uri address)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Patience };
        var began = Stopwatch.GetTimestamp();
        while (!_ended.Task.IsCompleted && Stopwatch.GetElapsedTime(began) < Patience)
        {
            try
            {
                using var response = await client.GetAsync(address);
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }

            await Task.Delay(2);
        }

        throw new InvalidOperationException($"'{_process.StartInfo.ArgumentList[2]}' does not answer {address}: {Output}");
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= Kill;
        Kill(this, EventArgs.Empty);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Kill(object? sender, EventArgs e)
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It never started.
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is not null)
        {
            lock (_output)
            {
                _output.Append(line.Data).Append('\n');
            }
        }
    }

    [DllImport("libc")]
    private static extern int clock_gettime(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
