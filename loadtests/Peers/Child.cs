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

    private const int Sigint = 2;
    private const int Sigcont = 18;
    private const int Sigstop = 19;

    /// <summary>For a start with ten thousand rollouts.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly HashSet<Child> Running = [];
    private static bool _over;

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    static Child() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        lock (Running)
        {
            // The scenario goes on meanwhile, and would start its next one.
            _over = true;
            foreach (var child in Running)
            {
                child.Kill();
            }
        }
    };

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
        lock (Running)
        {
            if (_over)
            {
                throw new InvalidOperationException($"'{program}' is not started any more: the run is over.");
            }

            child._process.Start();
            Running.Add(child);
        }

        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Runs to the end and gives what it printed.</summary>
    public static async Task<string> RunAsync(int core, string program, params string[] args)
    {
        await using var child = Start(core, program, args);
        return await child.EndedAsync(TimeSpan.FromMinutes(5));
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

    /// <summary>It stands still, and is killed as any other whatever ends the run.</summary>
    public void Stop() => _ = kill(Id, Sigstop);

    public void Continue() => _ = kill(Id, Sigcont);

    /// <summary>Ctrl-C, for what prints its figures then.</summary>
    /// <returns>What it printed.</returns>
    public Task<string> InterruptAsync()
    {
        // To the first thread, whose sleep it ends: of a process that is stopped any may get it.
        _ = tgkill(Id, Id, Sigint);
        Continue();
        return EndedAsync(TimeSpan.FromSeconds(10));
    }

    public async ValueTask DisposeAsync()
    {
        lock (Running)
        {
            Kill();
            Running.Remove(this);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Kill() => _process.Kill(entireProcessTree: true);

    private async Task<string> EndedAsync(TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode == 0
            ? Output
            : throw new InvalidOperationException($"'{string.Join(' ', _process.StartInfo.ArgumentList.Skip(2))}' ended with {_process.ExitCode}: {Output}");
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
    private static extern int kill(int process, int signal);

    [DllImport("libc")]
    private static extern int tgkill(int process, int thread, int signal);

    [DllImport("libc")]
    private static extern int clock_gettime(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
