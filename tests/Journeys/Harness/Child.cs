using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Snapback.Journeys.Harness;

/// <summary>A process that a journey started: its output is kept, and it does not outlive the run, whatever ends that.</summary>
internal sealed class Child : IAsyncDisposable
{
    private const int Sigterm = 15;
    private const int Sigint = 2;
    private const int Sighup = 1;
    private const int Sigstop = 19;
    private const int Sigcont = 18;

    private static readonly HashSet<Child> Running = [];

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    /// <summary>The runtime ends a process at these without ProcessExit since .NET 10. Kept, as one that is collected hears nothing.</summary>
    private static readonly PosixSignalRegistration[] Ends =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, static _ => Environment.Exit(128 + Sigint)),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, static _ => Environment.Exit(128 + Sigterm)),
    ];

    private static bool _ending;

    static Child() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        lock (Running)
        {
            _ending = true;
            foreach (var child in Running)
            {
                child.KillTree();
            }
        }

        GC.KeepAlive(Ends);
    };

    private Child(Process process) => _process = process;

    public int Id => _process.Id;
    public bool HasExited => _process.HasExited;
    public int ExitCode => _process.ExitCode;
    public string Output => Read(_output);

    /// <summary>Its standard input, where the one who started it asked for that.</summary>
    public StreamWriter Input => _process.StandardInput;
    public string Error => Read(_error);

    public static Child Start(ProcessStartInfo info)
    {
        info.RedirectStandardOutput = true;
        info.RedirectStandardError = true;
        var child = new Child(new Process { StartInfo = info });
        child._process.OutputDataReceived += (_, line) => Keep(child._output, line.Data);
        child._process.ErrorDataReceived += (_, line) => Keep(child._error, line.Data);
        lock (Running)
        {
            // In one: a run that ended between them would leave what it has just started.
            child._process.Start();
            Running.Add(child);
            if (_ending)
            {
                // A journey whose process was just killed goes on for a moment, to the next one that it starts.
                child.KillTree();
            }
        }

        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    public void Terminate() => Signal(Sigterm);

    /// <summary>SIGTERM to a process that is not the harness's.</summary>
    public static void Terminate(Process process) => Signal(process.Id, Sigterm);

    /// <summary>
    /// Ctrl-C. A shell without job control starts what it puts in the background deaf to it, and so are its children: then
    /// the test is skipped.
    /// </summary>
    public void Interrupt()
    {
        SkipIfDeaf(Id, Sigint);
        Signal(Sigint);
    }

    public void Reload() => Signal(Sighup);

    /// <summary>nohup starts what it starts deaf to SIGHUP.</summary>
    public static void SkipIfDeafToHangUp(int id) => SkipIfDeaf(id, Sighup);

    /// <summary>SIGKILL to it alone: what it started lives on, without it.</summary>
    public void Kill() => _process.Kill();

    /// <summary>The process stands still, as in a long pause of its machine; its sockets stay open.</summary>
    public void Freeze()
    {
        Signal(Sigstop);
        // The signal stops one thread, which stops the others: on a busy core some of them run on for milliseconds.
        Assert.True(
            SpinWait.SpinUntil(() => Process.GetProcessById(Id).Threads.Cast<ProcessThread>().All(IsStopped), Eventually.Patience),
            $"Process {Id} does not stand still.");
    }

    public void Thaw() => Signal(Sigcont);

    /// <summary>SIGKILL, to it and to what it started.</summary>
    public void KillTree()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // Gone already.
        }
    }

    /// <summary>Its exit, with all of its output read.</summary>
    public async Task<int> ExitAsync(TimeSpan? within = null)
    {
        using var limit = new CancellationTokenSource(within ?? Eventually.Patience);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"'{_process.StartInfo.FileName}' (process {Id}) did not end. Its last words: {Tail()}");
        }

        lock (Running)
        {
            Running.Remove(this);
        }

        return _process.ExitCode;
    }

    /// <summary>The end of what it said; enough to see why, short enough to read.</summary>
    public string Tail(int lines = 15) =>
        string.Join('\n', (Output + Error).Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(lines));

    public async ValueTask DisposeAsync()
    {
        KillTree();
        await ExitAsync();
        _process.Dispose();
    }

    private bool IsStopped(ProcessThread thread)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{Id}/task/{thread.Id}/stat");
            // After the name, which may hold anything (proc(5)).
            return stat[stat.LastIndexOf(')') + 2] == 'T';
        }
        catch (IOException)
        {
            // It has ended.
            return true;
        }
    }

    private static void Keep(StringBuilder to, string? line)
    {
        if (line is not null)
        {
            lock (to)
            {
                to.Append(line).Append('\n');
            }
        }
    }

    private static string Read(StringBuilder from)
    {
        lock (from)
        {
            return from.ToString();
        }
    }

    private void Signal(int signal) => Signal(Id, signal);

    private static void SkipIfDeaf(int id, int signal)
    {
        var ignored = File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        Assert.SkipWhen(
            (Convert.ToUInt64(ignored["SigIgn:".Length..].Trim(), 16) & (1UL << (signal - 1))) != 0, $"Whoever started the tests ignores signal {signal}.");
    }

    private static void Signal(int id, int signal)
    {
        if (Kill(id, signal) != 0)
        {
            throw new InvalidOperationException($"Process {id} cannot be signalled: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int pid, int signal);
}
