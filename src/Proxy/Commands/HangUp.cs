using System.Runtime.InteropServices;

namespace Snapback.Proxy.Commands;

/// <summary>
/// SIGHUP. From a supervisor it asks to read the configuration again, as of other proxies; to a process in a terminal it says that the terminal is gone, and
/// ends it as Ctrl-C does. By default it would end either at once, with requests in flight.
/// </summary>
internal static class HangUp
{
    /// <param name="end">Cancelled if the terminal is gone.</param>
    public static PosixSignalRegistration Hear(IConfigurationRoot configuration, CancellationTokenSource end, Serilog.ILogger logger) =>
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            if (!Console.IsInputRedirected)
            {
                end.Cancel();
                return;
            }

            logger.Information("SIGHUP: the configuration is read again.");
            try
            {
                configuration.Reload();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                logger.Error("The configuration cannot be read: what held before holds. {Why}", e.Message);
            }
        });
}
