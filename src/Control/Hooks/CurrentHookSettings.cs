using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Snapback.Control.Hooks;

/// <summary>
/// The hooks' settings as configuration and secret file are at each call, so that a secret is rotated without a restart. What cannot be used leaves
/// the last ones in force, and is told once.
/// </summary>
public sealed partial class CurrentHookSettings(IConfiguration configuration, ILogger<CurrentHookSettings> logger)
{
    private volatile HookSettings _last = HookSettings.Read(configuration, []);
    private string _told = "";

    public HookSettings Read()
    {
        List<string> problems = [];
        var now = HookSettings.Read(configuration, problems);
        if (problems.Count == 0)
        {
            _told = "";
            return _last = now;
        }

        var why = string.Join(' ', problems);
        if (Interlocked.Exchange(ref _told, why) != why)
        {
            LogUnusable(why);
        }

        return _last;
    }

    [LoggerMessage(EventIds.HooksUnusable, LogLevel.Error, "The settings of hooks were changed and are not taken, the last ones hold on: {Why}")]
    private partial void LogUnusable(string why);
}
