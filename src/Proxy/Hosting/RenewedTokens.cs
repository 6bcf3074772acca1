using Snapback.Control.Admin;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// The tokens that hold now, of the admin side and of the flags side. They are read again while the process runs, so that one that leaked is taken back
/// without a restart; what cannot be read, or would leave a side open, leaves the last ones in force.
/// </summary>
internal sealed class RenewedTokens : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly IConfigurationSection _snapback;
    private readonly Serilog.ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private volatile AdminTokens _admin;
    private volatile AdminTokens _flags;
    private Task _loop = Task.CompletedTask;
    private bool _follows;
    private string _seen = "";
    private string _told = "";

    public RenewedTokens(Settings settings, IConfiguration configuration, Serilog.ILogger logger)
    {
        _snapback = configuration.GetSection("Snapback");
        _logger = logger;
        (_admin, _flags) = (settings.AdminTokens, settings.FlagsTokens);
    }

    public AdminTokens Admin => _admin;

    public AdminTokens Flags => _flags;

    public void Start(TimeProvider time) => _loop = RunAsync(time);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync(TimeProvider time)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(_stop.Token))
        {
            Look();
        }
    }

    private void Look()
    {
        // The first of the configuration's may come while the process runs.
        _follows = _follows || Tokens.MayChange(_snapback);
        if (!_follows)
        {
            return;
        }

        List<string> problems = [];
        var (admin, flags) = (Tokens.OfAdmin(_snapback, problems), Tokens.OfFlags(_snapback, problems));
        if (problems.Count == 0 && ((_admin.Any && !admin.Any) || (_flags.Any && !flags.Any)))
        {
            problems.Add("None is left, and without one whoever reaches the side may use it. Restart to do without.");
        }

        var problem = string.Join(' ', problems);
        if (problems.Count == 0)
        {
            _admin = Taken("admin", _admin, admin);
            _flags = Taken("flags", _flags, flags);
            _told = "";
        }
        else if (problem == _seen && problem != _told)
        {
            // A file is emptied before it is written: only what stays wrong is told.
            _told = problem;
            _logger.Error("The tokens were changed and are not taken, the last ones hold on: {Why}", problem);
        }

        _seen = problem;
    }

    private AdminTokens Taken(string side, AdminTokens held, AdminTokens now)
    {
        if (!held.Equals(now))
        {
            _logger.Information("The tokens of the {Side} side were changed. Hold now: {Tokens}.", side, now.Told);
        }

        return now;
    }
}
