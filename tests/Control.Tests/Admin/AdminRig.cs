using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Snapback.Control.Admin;
using Snapback.Control.Dashboard;
using Snapback.Control.Flags;
using Snapback.Control.Tests.Sharing;

namespace Snapback.Control.Tests.Admin;

/// <summary>The admin API on a real server and a real store, with the rollout 'shop'.</summary>
internal sealed class AdminRig : IAsyncDisposable
{
    public const string Plan =
        """{"name":"shop","stable":"shop-stable","canary":"shop-canary","objectives":[{"metric":"success-rate","min":"99.5%"}],"rollback":{"authority":["oncall"],"deadline":"5m"}}""";

    private readonly WebApplication _app;
    private readonly TempDirectory _directory;

    private AdminRig(WebApplication app, ControlPlane plane, TempDirectory directory)
    {
        _app = app;
        _directory = directory;
        ControlPlane = plane;
        Client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public ControlPlane ControlPlane { get; }

    public HttpClient Client { get; }

    public static async Task<AdminRig> StartAsync(
        string? token = null,
        bool loopbackOnly = true,
        bool breakable = false,
        AdminTokens? tokens = null,
        TimeProvider? time = null)
    {
        var directory = new TempDirectory();
        if (breakable)
        {
            await directory.BreakForAsync("unwritable");
        }

        var plane = await ControlPlane.OpenAsync(
            directory.Path, new ConfigurationBuilder().Build(), "r1", time ?? TimeProvider.System, NullLoggerFactory.Instance);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddProblemDetails();
        builder.WebHost.UseUrls("http://127.0.0.1:0").UseKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 64 * 1024);
        var app = builder.Build();
        app.UseExceptionHandler();
        new AdminGuard(() => tokens ?? AdminTokens.Of(token), loopbackOnly).Use(app);
        app.UseRouting();
        app.MapDashboard(plane);
        app.MapFlagsApi(plane);
        app.MapAdminApi(plane);
        plane.Start();
        await app.StartAsync();
        var rig = new AdminRig(app, plane, directory);
        rig.Client.DefaultRequestHeaders.Authorization = token is null ? null : new("Bearer", token);
        Xunit.Assert.Equal(200, (await rig.SendAsync("PUT", "/api/rollouts/shop", Plan)).Code);
        return rig;
    }

    public Task<Answer> GetAsync(string path = "/api/rollouts/shop") => SendAsync("GET", path);

    /// <summary>A command to the rollout 'shop'.</summary>
    public Task<Answer> PostAsync(string verb, string body = "", params (string Name, string Value)[] headers) =>
        SendAsync("POST", $"/api/rollouts/shop/{verb}", body, headers);

    public async Task<Answer> SendAsync(string method, string path, string body = "", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body.Length > 0)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Answer((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, response.Headers.ETag?.Tag, text);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        await ControlPlane.DisposeAsync();
        _directory.Dispose();
    }
}

internal sealed record Answer(int Code, string? Type, string? Tag, string Text)
{
    public JsonElement Json => JsonElement.Parse(Text);

    public string Detail => Json.GetProperty("detail").GetString()!;

    public string Phase => Json.GetProperty("phase").GetString()!;
}
